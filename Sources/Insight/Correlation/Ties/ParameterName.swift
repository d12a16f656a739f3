// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The names of parameters, as rules and as findings have them.
enum ParameterName {
    /// The collections of a transaction whose members are things that a client names.
    private static let named: Set<String> = [
        "ARGS", "ARGS_GET", "ARGS_POST", "ARGS_NAMES", "ARGS_GET_NAMES", "ARGS_POST_NAMES", "REQUEST_COOKIES",
        "REQUEST_COOKIES_NAMES", "REQUEST_HEADERS", "FILES", "FILES_NAMES", "MULTIPART_NAME",
    ]

    /// What a rule matched in: the name of `ARGS:id`; nil where it is the whole request, its path or body.
    static func ofTarget(_ target: String?) -> String? {
        guard let target, let colon = target.firstIndex(of: ":"), named.contains(target[..<colon].uppercased()) else {
            return nil
        }
        let name = target[target.index(after: colon)...]
        return name.isEmpty ? nil : plain(name)
    }

    /// In small letters, without what tells members of arrays and objects of JSON apart: `json.items.0.id`, `items[0][id]`
    /// and `id` are one, as scanners name the last of them only.
    static func plain(_ name: some StringProtocol) -> String {
        let parts = name.lowercased().split { $0 == "." || $0 == "[" || $0 == "]" || $0 == "/" }
        return parts.last { Int($0) == nil }.map(String.init) ?? name.lowercased()
    }
}

/// Addresses of findings.
enum FindingAddress {
    /// The path without query and fragment; nil where there is none.
    static func path(url: String?, path: String?) -> String? {
        let given = path ?? url
        guard var text = given.map({ Substring($0) }), !text.isEmpty else { return nil }
        if let scheme = text.firstRange(of: "://") {
            let rest = text[scheme.upperBound...]
            guard let slash = rest.firstIndex(of: "/") else { return "/" }
            text = rest[slash...]
        }
        text = text.prefix { $0 != "?" && $0 != "#" }
        if text.isEmpty { return "/" }
        return text.hasPrefix("/") ? String(text) : "/" + text
    }

    /// The name of the host in small letters, without scheme and port; nil where there is none.
    static func host(_ host: String?, url: String?) -> String? {
        guard var text = (host ?? (url?.contains("://") == true ? url : nil)).map({ Substring($0) }) else { return nil }
        if let scheme = text.firstRange(of: "://") { text = text[scheme.upperBound...] }
        text = text.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        if let at = text.lastIndex(of: "@") { text = text[text.index(after: at)...] }
        if text.hasPrefix("[") {
            text = text.dropFirst().prefix { $0 != "]" }
        } else if let colon = text.lastIndex(of: ":") {
            text = text[..<colon]
        }
        return text.isEmpty ? nil : text.lowercased()
    }
}
