// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Where a finding is: in a file, at a URL, in an image, in a cluster, on a host. What does not apply is nil.
package struct FindingLocation: Sendable, Hashable {
    // In source code and other files.
    package var file: String?
    /// Lines and columns from 1.
    package var startLine: Int?
    package var endLine: Int?
    package var startColumn: Int?
    package var endColumn: Int?
    package var className: String?
    package var method: String?
    /// The enclosing scope as the tool names it, such as `shop.Cart.add`.
    package var scope: String?
    package var commit: String?
    /// All that findings in code do not have, apart so that these stay small.
    private var elsewhere: Elsewhere?

    package init() {}

    /// A place in a file.
    package init(file: String?, startLine: Int? = nil, endLine: Int? = nil) {
        self.file = file
        self.startLine = startLine
        self.endLine = endLine
    }

    /// A place of a web application, its parts taken from the URL.
    package init(url: String) {
        setURL(url)
    }

    /// Takes over a URL and its parts: scheme, host, port, path.
    package mutating func setURL(_ text: String) {
        url = text
        guard let mark = text.range(ofASCII: "://") else {
            return
        }
        let scheme = text[..<mark.lowerBound].lowercased()
        let rest = text[mark.upperBound...]
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        setAuthority(authority, scheme: scheme)
        let target = rest[authority.endIndex...].prefix { $0 != "?" && $0 != "#" }
        path = target.isEmpty ? "/" : String(target)
    }

    /// Takes over a host with what may stand behind it: a port, a path.
    package mutating func setHost(_ text: String) {
        let authority = text[...].prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        setAuthority(authority, scheme: "")
        let target = text[authority.endIndex...].prefix { $0 != "?" && $0 != "#" }
        path = target.isEmpty ? path : String(target)
    }

    /// Takes over `user@host:port`.
    private mutating func setAuthority(_ text: Substring, scheme: String) {
        let name = text.split(separator: "@", omittingEmptySubsequences: false).last ?? text
        guard !name.isEmpty else {
            return
        }
        let defaultPort = scheme == "https" ? 443 : scheme == "http" ? 80 : nil
        if let colon = name.lastIndex(of: ":"), let number = Int(name[name.index(after: colon)...]) {
            host = String(name[..<colon])
            port = (1...65_535).contains(number) ? number : defaultPort
        } else {
            host = String(name)
            port = defaultPort
        }
    }
}

extension FindingLocation {
    /// The places that are not in a file.
    fileprivate struct Parts: Sendable, Hashable {
        var url: String?
        var httpMethod: String?
        var parameter: String?
        var path: String?
        var host: String?
        var port: Int?
        var transport: String?
        var image: String?
        var operatingSystem: String?
        var resource: String?
        var crashType: String?
        var crashState: String?
    }

    /// Memory for the places that are not in a file, copied when it is changed and has a second owner.
    fileprivate final class Elsewhere: @unchecked Sendable, Hashable {
        var parts: Parts

        init(_ parts: Parts) {
            self.parts = parts
        }

        static func == (left: Elsewhere, right: Elsewhere) -> Bool {
            left.parts == right.parts
        }

        func hash(into hasher: inout Hasher) {
            hasher.combine(parts)
        }
    }

    /// Changes one of the places that are not in a file; nothing is made where none is there and none comes.
    private mutating func change(makes: Bool, _ body: (inout Parts) -> Void) {
        guard makes || elsewhere != nil else {
            return
        }
        if !isKnownUniquelyReferenced(&elsewhere) {
            elsewhere = Elsewhere(elsewhere?.parts ?? Parts())
        }
        if let elsewhere {
            body(&elsewhere.parts)
        }
    }

    /// Whether there is nothing but a place in a file.
    package var isInFile: Bool { elsewhere == nil }

    /// Of a web application: the whole address.
    package var url: String? {
        get { elsewhere?.parts.url }
        set { change(makes: newValue != nil) { $0.url = newValue } }
    }

    package var httpMethod: String? {
        get { elsewhere?.parts.httpMethod }
        set { change(makes: newValue != nil) { $0.httpMethod = newValue } }
    }

    package var parameter: String? {
        get { elsewhere?.parts.parameter }
        set { change(makes: newValue != nil) { $0.parameter = newValue } }
    }

    package var path: String? {
        get { elsewhere?.parts.path }
        set { change(makes: newValue != nil) { $0.path = newValue } }
    }

    /// On the network.
    package var host: String? {
        get { elsewhere?.parts.host }
        set { change(makes: newValue != nil) { $0.host = newValue } }
    }

    package var port: Int? {
        get { elsewhere?.parts.port }
        set { change(makes: newValue != nil) { $0.port = newValue } }
    }

    package var transport: String? {
        get { elsewhere?.parts.transport }
        set { change(makes: newValue != nil) { $0.transport = newValue } }
    }

    /// In images, clusters and clouds.
    package var image: String? {
        get { elsewhere?.parts.image }
        set { change(makes: newValue != nil) { $0.image = newValue } }
    }

    package var operatingSystem: String? {
        get { elsewhere?.parts.operatingSystem }
        set { change(makes: newValue != nil) { $0.operatingSystem = newValue } }
    }

    /// Kind, name space and name, or a cloud resource's address.
    package var resource: String? {
        get { elsewhere?.parts.resource }
        set { change(makes: newValue != nil) { $0.resource = newValue } }
    }

    /// Of a crash that fuzzing found.
    package var crashType: String? {
        get { elsewhere?.parts.crashType }
        set { change(makes: newValue != nil) { $0.crashType = newValue } }
    }

    package var crashState: String? {
        get { elsewhere?.parts.crashState }
        set { change(makes: newValue != nil) { $0.crashState = newValue } }
    }
}
