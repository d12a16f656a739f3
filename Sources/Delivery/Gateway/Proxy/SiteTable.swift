// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes
internal import DefenseModel

/// Finds the site that a request is for: the most exact host first, then the longest path prefix.
///
/// The table and its sites are objects, because each exchange looks into the one and keeps one of the others.
final class SiteTable: Sendable {
    /// What exchanges have to know of a site.
    final class Site: Sendable {
        let upstream: Upstream
        let filters: GatewayFilters
        /// Without a final slash.
        fileprivate let prefix: [UInt8]

        fileprivate init(_ site: GatewaySite) {
            upstream = Upstream(site.upstream)
            filters = site.filters
            prefix = SiteTable.normalized(prefix: site.pathPrefix)
        }
    }

    /// A site's upstream, to be kept and told apart from others without the site and its filters.
    final class Upstream: Sendable {
        let address: UpstreamAddress

        fileprivate init(_ address: UpstreamAddress) {
            self.address = address
        }
    }

    private let exact: [[UInt8]: [Site]]
    /// `*.example.com` as `.example.com`, longest first.
    private let wildcards: [(suffix: [UInt8], entries: [Site])]
    private let anyHost: [Site]
    private let fallback: Site?

    init(_ sites: [GatewaySite]) {
        fallback = (sites.first { $0.host == nil } ?? sites.first).map(Site.init)
        var exact: [[UInt8]: [Site]] = [:]
        var wildcards: [(suffix: [UInt8], entries: [Site])] = []
        var anyHost: [Site] = []
        for site in sites.sorted(by: { $0.pathPrefix.utf8.count > $1.pathPrefix.utf8.count }) {
            let entry = Site(site)
            guard let host = site.host?.lowercased(), host != "*" else {
                anyHost.append(entry)
                continue
            }
            guard host.hasPrefix("*.") else {
                exact[Array(host.utf8), default: []].append(entry)
                continue
            }
            let suffix = Array(host.utf8.dropFirst())
            if let index = wildcards.firstIndex(where: { $0.suffix == suffix }) {
                wildcards[index].entries.append(entry)
            } else {
                wildcards.append((suffix, [entry]))
            }
        }
        wildcards.sort { $0.suffix.count > $1.suffix.count }
        self.exact = exact
        self.wildcards = wildcards
        self.anyHost = anyHost
    }

    /// The site for a well-formed request; nil where none is configured for its host and path.
    func site(for request: ParsedRequest) -> Site? {
        request.head.bytes.withUnsafeBufferPointer { bytes in
            let path = bytes[request.originTarget.bounds]
            if exact.isEmpty, wildcards.isEmpty {
                return Self.match(anyHost, path)
            }
            let host = Self.hostName(bytes[request.authority.bounds])
            if let entries = exact[host], let site = Self.match(entries, path) {
                return site
            }
            for wildcard in wildcards where host.count > wildcard.suffix.count {
                if host.suffix(wildcard.suffix.count).elementsEqual(wildcard.suffix),
                    let site = Self.match(wildcard.entries, path)
                {
                    return site
                }
            }
            return Self.match(anyHost, path)
        }
    }

    /// The site whose filters see a refused request, which may name any host or none.
    func siteForRefused(_ request: ParsedRequest) -> Site? {
        site(for: request) ?? fallback
    }

    private static func normalized(prefix: String) -> [UInt8] {
        var bytes = Array(prefix.utf8)
        while bytes.last == UInt8(ascii: "/") {
            bytes.removeLast()
        }
        return bytes
    }

    /// The first entry, longest prefix first, whose prefix ends at a segment's end of the path.
    private static func match(_ entries: [Site], _ path: Slice<UnsafeBufferPointer<UInt8>>) -> Site? {
        for entry in entries {
            if entry.prefix.isEmpty {
                return entry
            }
            guard path.starts(with: entry.prefix) else {
                continue
            }
            let rest = path.dropFirst(entry.prefix.count).first
            if rest == nil || rest == UInt8(ascii: "/") || rest == UInt8(ascii: "?") {
                return entry
            }
        }
        return nil
    }

    /// The host in small letters, without port and final dot.
    private static func hostName(_ authority: Slice<UnsafeBufferPointer<UInt8>>) -> [UInt8] {
        var name = authority
        if name.first == UInt8(ascii: "[") {
            name = name.prefix { $0 != UInt8(ascii: "]") }.dropFirst()
        } else {
            name = name.prefix { $0 != UInt8(ascii: ":") }
        }
        if name.last == UInt8(ascii: ".") {
            name = name.dropLast()
        }
        return name.map(lowercased)
    }
}
