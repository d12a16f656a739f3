// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes
package import DefenseModel
package import Policy
internal import Storage

/// Proposes defaults from what applications were seen to take: content types first, which cause most false alarms, then
/// methods and the like. The Core Rule Set has lists of what it takes; what is not in them it refuses, however usual it is
/// for an application.
///
/// What is proposed is for the application, as one exception that covers the routes where it was seen and those like them,
/// and no more than that: for a content type an exception of bodies of this type, for a method one of its requests. The other
/// lists cannot be told from a request's head, so that their rule is silenced, on the one route or for the application.
package struct DefaultsSearch: Sendable {
    private let kept: KeptTransactions

    /// What a rule looks up in a list of what is allowed.
    package enum Subject: String, Sendable, CaseIterable {
        case contentType = "content type"
        case contentTypeCharset = "character set"
        case method
        case protocolVersion = "protocol version"
        case fileExtension = "file extension"

        /// The rules of the Core Rule Set that look it up.
        package var rule: Int {
            switch self {
            case .contentType: 920_420
            case .contentTypeCharset: 920_480
            case .method: 911_100
            case .protocolVersion: 920_430
            case .fileExtension: 920_440
            }
        }

        /// The list, as the Core Rule Set calls it.
        package var list: String {
            switch self {
            case .contentType: "tx.allowed_request_content_type"
            case .contentTypeCharset: "tx.allowed_request_content_type_charset"
            case .method: "tx.allowed_methods"
            case .protocolVersion: "tx.allowed_http_versions"
            case .fileExtension: "tx.restricted_extensions"
            }
        }
    }

    /// Something that is refused.
    package struct Finding: Sendable, Hashable {
        package var subject: Subject
        /// `text/csv`
        package var value: String
        package var application: String?
        /// `POST /import`; where it was seen, the most frequent first, 50 at most.
        package var routes: [String]
        package var place: Scope.Place
        /// Only of bodies of this type.
        package var contentType: MediaType?
        package var count = 0
        /// How many different clients; 1,000 at most.
        package var clients = 0
        /// Those that the application answered with success or a redirection.
        package var answered = 0
        /// From 0, an attack, to 1, people at work.
        package var likeness = 0.0

        /// What takes it in.
        package var rules: RuleSelector { .rule(RuleID(subject.rule)) }
    }

    package init(_ kept: KeptTransactions) {
        self.kept = kept
    }

    private struct Key: Hashable, Sendable {
        var subject: Subject
        var value: String
        var application: String?
    }

    private struct Group: Sendable {
        /// The narrowest place, while there is one route only.
        var narrowest: Scope.Place
        var whole: Scope.Place
        var routes: [String: Int] = [:]
        var count = 0
        var answered = 0
        var clients: Set<String> = []
    }

    private static let mostClients = 1_000
    private static let mostGroups = 5_000
    private static let mostRoutes = 50
    private static let mostFindings = 50

    /// - Parameter progress: is told what share is done; returns false to end.
    /// - Returns: those that look like people at work, the most frequent first; nil where it was told to end.
    package func run(
        _ scope: Scope,
        in times: ClosedRange<Int64>,
        progress: @escaping @Sendable (Double) -> Bool
    ) throws -> [Finding]? {
        let (parts, walk) = try kept.walk(
            in: times,
            start: { [Key: Group]() },
            progress: progress,
            each: { groups, kept in
                if kept.isIn(scope) { Self.add(kept, scope, &groups) }
            },
            finish: { $0 }
        )
        guard !walk.isCut else { return nil }
        var groups: [Key: Group] = [:]
        for part in parts {
            groups.merge(part) { left, right in
                var sum = left
                sum.count += right.count
                sum.answered += right.answered
                sum.clients.formUnion(right.clients)
                sum.routes.merge(right.routes, uniquingKeysWith: +)
                return sum
            }
        }
        let findings = groups.map { Self.finding($0.key, $0.value) }.filter { $0.likeness >= BenignJudge.threshold }
        return Array(
            findings.sorted { ($1.count, $0.value, $0.application ?? "") < ($0.count, $1.value, $1.application ?? "") }
                .prefix(Self.mostFindings)
        )
    }

    private static func add(_ kept: KeptTransaction, _ scope: Scope, _ groups: inout [Key: Group]) {
        for subject in Subject.allCases where kept.matches.contains(where: { $0.rule == subject.rule }) {
            guard let value = value(subject, kept) else { continue }
            let key = Key(subject: subject, value: value, application: kept.application)
            guard groups[key] != nil || groups.count < mostGroups else { continue }
            let whole = place(scope, kept.application)
            var group = groups[key] ?? Group(narrowest: kept.narrowestPlace(in: whole), whole: whole)
            group.count += 1
            let route = kept.route
            if group.routes[route] != nil || group.routes.count < mostRoutes { group.routes[route, default: 0] += 1 }
            if kept.isAnswered { group.answered += 1 }
            if group.clients.count < mostClients { group.clients.insert(kept.connection.clientAddress) }
            groups[key] = group
        }
    }

    private static func place(_ scope: Scope, _ application: String?) -> Scope.Place {
        guard case .installation = scope.place, let application else { return scope.place }
        return .application(application)
    }

    private static func finding(_ key: Key, _ group: Group) -> Finding {
        let success = Double(group.answered) / Double(max(1, group.count))
        let type = key.subject == .contentType ? try? MediaType(parsing: key.value) : nil
        let routes = group.routes.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(mostRoutes)
        return Finding(
            subject: key.subject,
            value: key.value,
            application: key.application,
            routes: routes.map(\.key),
            place: place(of: key, group, isTyped: type != nil),
            contentType: type,
            count: group.count,
            clients: group.clients.count,
            answered: group.answered,
            likeness: success * min(1, Double(group.clients.count - 1) / 7)
        )
    }

    /// Where it is let pass.
    private static func place(of key: Key, _ group: Group, isTyped: Bool) -> Scope.Place {
        if case .route = group.whole { return group.whole }
        if isTyped { return group.whole }
        // The pattern has the method: all routes, and no other method.
        if key.subject == .method, let pattern = try? RoutePattern(parsing: key.value + " /*") {
            return .route(application: key.application, pattern)
        }
        return group.routes.count == 1 ? group.narrowest : group.whole
    }

    /// What was sent, in small letters; nil for what is too odd to be anybody's usual way.
    private static func value(_ subject: Subject, _ kept: KeptTransaction) -> String? {
        let bytes: ArraySlice<UInt8>
        switch subject {
        case .contentType: bytes = kept.header("content-type")?.prefix { $0 != UInt8(ascii: ";") } ?? []
        case .contentTypeCharset:
            let type = kept.header("content-type") ?? []
            guard let mark = type.firstRange(of: Array("charset=".utf8)) else { return nil }
            bytes = type[mark.upperBound...].prefix { $0 != UInt8(ascii: ";") && $0 != 0x20 }
        case .method: bytes = kept.request.bytes[kept.request.method.bounds]
        case .protocolVersion: bytes = kept.request.bytes[kept.request.version.bounds]
        case .fileExtension:
            let path = kept.request.bytes[kept.request.target.bounds].prefix { $0 != UInt8(ascii: "?") }
            guard let dot = path.lastIndex(of: UInt8(ascii: ".")) else { return nil }
            bytes = path[dot...]
        }
        let text = String(decoding: bytes, as: UTF8.self).trimmingBlanks()
        let isUsual = text.utf8.allSatisfy { byte in
            MatchSketch.isLetter(byte) && byte < 0x80 || "+-./\"'".utf8.contains(byte)
        }
        guard (1...60).contains(text.utf8.count), isUsual else { return nil }
        return subject == .contentType ? text.lowercased() : text
    }
}

extension String {
    fileprivate func trimmingBlanks() -> String {
        String(drop { $0 == " " || $0 == "\t" }.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
    }
}
