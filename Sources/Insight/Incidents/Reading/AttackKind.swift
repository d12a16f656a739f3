// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// What kinds of attack are called, and what they are where an event does not say.
enum AttackKind {
    /// The kind of a rule by its number in the OWASP Core Rule Set, whose thousands stand for kinds
    /// (https://coreruleset.org/docs/3-about-rules/rules/); nil for other rules.
    static func ofCoreRule(_ rule: UnsafeBufferPointer<UInt8>) -> String? {
        guard rule.count == 6, rule.allSatisfy({ (0x30...0x39).contains($0) }), rule[0] == UInt8(ascii: "9") else {
            return nil
        }
        let group = Int(rule[1] - 0x30) * 10 + Int(rule[2] - 0x30)
        return switch group {
        case 11: "method"
        case 13: "scanner"
        case 20, 22: "protocol"
        case 21: "protocol-attack"
        case 30: "lfi"
        case 31: "rfi"
        case 32: "rce"
        case 33: "injection-php"
        case 34: "injection-generic"
        case 41: "xss"
        case 42: "sqli"
        case 43: "fixation"
        case 44: "injection-java"
        case 50...56: "disclosure"
        default: nil
        }
    }

    /// Whether a rule of the Core Rule Set only sums up what others found.
    static func isSummary(coreRule rule: UnsafeBufferPointer<UInt8>) -> Bool {
        guard rule.count == 6, rule[0] == UInt8(ascii: "9") else { return false }
        return (rule[1] == UInt8(ascii: "4") && rule[2] == UInt8(ascii: "9"))
            || (rule[1] == UInt8(ascii: "5") && rule[2] == UInt8(ascii: "9"))
            || (rule[1] == UInt8(ascii: "8") && rule[2] == UInt8(ascii: "0"))
    }

    /// The technique of MITRE ATT&CK that detections of a kind belong to, where the event names none.
    static func technique(of kind: String) -> String? {
        switch kind {
        case "sqli", "xss", "lfi", "rfi", "rce", "php", "java", "ssrf", "ldap", "generic", "injection-php",
            "injection-java", "injection-generic", "injection-nodejs", "protocol-attack":
            "T1190"
        case "scanner", "reputation-scanner", "reputation-crawler": "T1595"
        case "fixation": "T1539"
        case "dos": "T1499"
        default: nil
        }
    }

    /// A kind in plain words, as titles begin with it.
    static func words(_ kind: String) -> String {
        switch kind {
        case "sqli": "SQL injection"
        case "xss": "Cross-site scripting"
        case "lfi": "Reading of local files"
        case "rfi": "Inclusion of remote files"
        case "rce": "Command injection"
        case "ssrf": "Server-side request forgery"
        case "ldap": "LDAP injection"
        case "php", "injection-php": "PHP injection"
        case "java", "injection-java": "Java injection"
        case "generic", "injection-generic", "injection-nodejs": "Code injection"
        case "fixation": "Session fixation"
        case "scanner", "reputation-scanner", "reputation-crawler": "Scanning"
        case "protocol": "Malformed requests"
        case "protocol-attack", "multipart-header": "Request smuggling"
        case "method": "Refused methods"
        case "disclosure": "Disclosure of data"
        case "dos": "Flood"
        case "": "Suspicious requests"
        default: kind
        }
    }
}
