// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// A class of attacks, by the tags of rules and by the classes of weakness that it needs.
package enum AttackClass: String, Sendable, Hashable, CaseIterable {
    case sqlInjection = "sqli"
    case crossSiteScripting = "xss"
    case commandInjection = "rce"
    case fileInclusion = "lfi"
    case remoteInclusion = "rfi"
    case requestForgery = "ssrf"
    case phpInjection = "injection-php"
    case nodeInjection = "injection-nodejs"
    case javaInjection = "injection-java"
    case genericInjection = "injection-generic"
    case templateInjection = "ssti"
    case deserialization
    case queryInjection = "nosql"
    case directoryInjection = "ldap"
    case sessionFixation = "fixation"

    /// - Parameter tag: the kind of a rule, or its tag: `sqli`, `attack-sqli`.
    package init?(tag: String) {
        let prefix = "attack-"
        let name = tag.hasPrefix(prefix) ? String(tag.dropFirst(prefix.count)) : tag
        switch name {
        case "php": self = .phpInjection
        case "java": self = .javaInjection
        case "nodejs": self = .nodeInjection
        case "generic": self = .genericInjection
        default:
            guard let known = AttackClass(rawValue: name) else { return nil }
            self = known
        }
    }

    /// The numbers of the weaknesses (https://cwe.mitre.org) that such an attack aims at: the one that names the class, its
    /// variants, and its nearest parents where scanners report these in its place.
    package var weaknesses: Set<Int> {
        switch self {
        case .sqlInjection: [89, 564, 943]
        case .crossSiteScripting: [79, 80, 81, 82, 83, 84, 85, 86, 87, 692]
        case .commandInjection: [77, 78, 88, 94, 95, 96]
        case .fileInclusion: Set(22...40).union([73, 98])
        case .remoteInclusion: [98, 829]
        case .requestForgery: [918]
        case .phpInjection: [94, 95, 96, 98]
        case .nodeInjection: [94, 95, 1321]
        case .javaInjection: [94, 502, 917]
        case .genericInjection: [94, 95, 917, 918, 1321, 1336]
        case .templateInjection: [94, 917, 1336]
        case .deserialization: [502]
        case .queryInjection: [943]
        case .directoryInjection: [90]
        case .sessionFixation: [384]
        }
    }

    /// The classes that aim at a weakness; those that it names first.
    package static func aiming(at weakness: Int) -> [AttackClass] {
        if let named = primary[weakness] {
            return [named] + allCases.filter { $0 != named && $0.weaknesses.contains(weakness) }
        }
        return allCases.filter { $0.weaknesses.contains(weakness) }
    }

    private static let primary: [Int: AttackClass] = [
        73: .fileInclusion, 94: .genericInjection, 98: .fileInclusion, 502: .deserialization, 917: .javaInjection,
        918: .requestForgery, 943: .queryInjection, 1336: .templateInjection,
    ]

    /// In words, for messages.
    package var words: String {
        switch self {
        case .sqlInjection: "SQL injection"
        case .crossSiteScripting: "cross-site scripting"
        case .commandInjection: "command injection"
        case .fileInclusion: "path traversal"
        case .remoteInclusion: "inclusion of remote files"
        case .requestForgery: "server-side request forgery"
        case .phpInjection: "PHP injection"
        case .nodeInjection: "JavaScript injection"
        case .javaInjection: "expression language injection"
        case .genericInjection: "code injection"
        case .templateInjection: "template injection"
        case .deserialization: "unsafe deserialization"
        case .queryInjection: "NoSQL injection"
        case .directoryInjection: "LDAP injection"
        case .sessionFixation: "session fixation"
        }
    }
}
