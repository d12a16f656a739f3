// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// What an attack is called, by the tags that the Core Rule Set gives to its rules, and its technique of MITRE ATT&CK. The
/// tag `attack-generic` says nothing: the rules that add up what others found have it.
enum AttackKind: String, CaseIterable {
    case sqli, xss, rce, lfi, rfi, ssrf, ssti, ldap, nosql, deserialization
    case phpInjection = "injection-php"
    case nodeInjection = "injection-nodejs"
    case javaInjection = "injection-java"
    case genericInjection = "injection-generic"
    case protocolViolation = "protocol"
    case multipart
    case reputation
    case scanner = "reputation-scanner"
    case sessionFixation = "fixation"
    case disclosure
    case dos
    case webshell

    /// - Parameter tags: such as `attack-sqli`; the first that is known counts.
    init?(tags: [[UInt8]]) {
        for tag in tags where tag.starts(with: "attack-".utf8) {
            if let kind = Self.kinds[Array(tag.dropFirst(7))] {
                self = kind
                return
            }
        }
        return nil
    }

    private static let kinds = Dictionary(
        allCases.map { (Array($0.rawValue.utf8), $0) },
        uniquingKeysWith: { first, _ in first }
    )

    /// See https://attack.mitre.org. What exploits an application is T1190, unless there is a nearer one.
    var technique: String {
        switch self {
        case .rce, .phpInjection, .nodeInjection, .javaInjection, .ssti: "T1059"
        case .lfi: "T1083"
        case .rfi: "T1105"
        case .xss: "T1189"
        case .reputation, .scanner: "T1595"
        case .sessionFixation: "T1539"
        case .disclosure: "T1592"
        case .dos: "T1499"
        case .webshell: "T1505.003"
        case .sqli, .ssrf, .ldap, .nosql, .deserialization, .genericInjection, .protocolViolation, .multipart:
            "T1190"
        }
    }
}
