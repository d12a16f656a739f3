// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The words for what SecLang abbreviates.
enum RuleWords {
    /// When the rules of a phase run.
    static func phase(_ phase: Int) -> String {
        switch phase {
        case 1: "phase 1, when the request's head has been read"
        case 2: "phase 2, when the request's body has been read"
        case 3: "phase 3, when the response's head has come"
        case 4: "phase 4, when the response's body has come"
        default: "phase 5, when the answer has been sent: it can only record"
        }
    }

    static func severity(_ severity: Int) -> String {
        let names = ["emergency", "alert", "critical", "error", "warning", "notice", "info", "debug"]
        return names.indices.contains(severity) ? "\(names[severity]) (\(severity))" : String(severity)
    }

    /// A variable in words: `values of parameters`, with its selector.
    static func variable(_ text: String) -> String {
        var name = Substring(text)
        var prefix = ""
        if name.hasPrefix("&") {
            name = name.dropFirst()
            prefix = "how many there are: "
        }
        let parts = name.split(separator: ":", maxSplits: 1)
        let base = parts.first.map(String.init) ?? ""
        let words = variables[base.uppercased()] ?? base
        guard parts.count > 1 else {
            return prefix + words
        }
        let selector = parts[1]
        let isPattern = selector.hasPrefix("/") || selector.hasPrefix("'/")
        let relation = base.uppercased() == "XML" ? "by XPath" : isPattern ? "named like" : "named"
        return "\(prefix)\(words) \(relation) \(selector)"
    }

    private static let variables = [
        "ARGS": "values of parameters (query and body)", "ARGS_GET": "values of query parameters",
        "ARGS_POST": "values of body parameters", "ARGS_NAMES": "names of parameters",
        "ARGS_GET_NAMES": "names of query parameters", "ARGS_POST_NAMES": "names of body parameters",
        "ARGS_COMBINED_SIZE": "the size of all parameters together", "FILES": "names of uploaded files",
        "FILES_NAMES": "form fields of uploads", "FILES_SIZES": "sizes of uploads",
        "FILES_COMBINED_SIZE": "the size of all uploads together", "QUERY_STRING": "the query as sent",
        "REQUEST_BODY": "the request's body as sent", "REQUEST_COOKIES": "values of cookies",
        "REQUEST_COOKIES_NAMES": "names of cookies", "REQUEST_HEADERS": "values of request header fields",
        "REQUEST_HEADERS_NAMES": "names of request header fields", "REQUEST_LINE": "the request line",
        "REQUEST_METHOD": "the method", "REQUEST_PROTOCOL": "the protocol's version",
        "REQUEST_URI": "path and query", "REQUEST_URI_RAW": "the request target as sent",
        "REQUEST_FILENAME": "the path", "REQUEST_BASENAME": "the last part of the path",
        "PATH_INFO": "the path behind the script", "REMOTE_ADDR": "the client's address",
        "RESPONSE_BODY": "the response's body", "RESPONSE_STATUS": "the response's status",
        "RESPONSE_HEADERS": "values of response header fields", "TX": "the transaction's own variables",
        "XML": "the XML body", "IP": "what is remembered of the client's address",
        "SESSION": "what is remembered of the session", "GLOBAL": "what is remembered of all clients",
        "MATCHED_VAR": "the value that matched last", "MATCHED_VARS": "the values that matched before",
        "MATCHED_VARS_NAMES": "the names of what matched before", "MULTIPART_STRICT_ERROR": "multipart errors",
        "REQBODY_ERROR": "errors of the body's parser", "REQBODY_PROCESSOR": "the body's parser",
        "UNIQUE_ID": "the request's identifier", "DURATION": "the time since the request began",
    ]

    /// What an operator asks, in words.
    static func condition(_ name: String, argument: String, isNegated: Bool) -> String {
        let shown = argument.isEmpty ? "" : " \(SafeText.escaped(shorten(argument)))"
        guard let words = operators[name.lowercased()] else {
            return "@\(name)\(shown) \(isNegated ? "does not hold" : "holds")"
        }
        return isNegated ? "it is not so that it \(words)\(shown)" : "it \(words)\(shown)"
    }

    private static let operators = [
        "rx": "matches the regular expression", "pm": "contains one of the words",
        "pmfromfile": "contains one of the phrases of the file", "pmf": "contains one of the phrases of the file",
        "contains": "contains", "containsword": "contains the word", "beginswith": "begins with",
        "endswith": "ends with", "streq": "is", "within": "is found within", "strmatch": "contains",
        "eq": "equals", "ge": "is at least", "gt": "is greater than", "le": "is at most", "lt": "is less than",
        "detectsqli": "is SQL injection, by the libinjection algorithm",
        "detectxss": "is cross-site scripting, by the libinjection algorithm",
        "ipmatch": "is an address of", "ipmatchfromfile": "is an address of the file",
        "ipmatchf": "is an address of the file", "validatebyterange": "holds bytes outside of",
        "validateurlencoding": "is badly percent-encoded", "validateutf8encoding": "is not valid UTF-8",
        "unconditionalmatch": "is there", "nomatch": "never matches", "rbl": "is on the block list",
        "geolookup": "is found by the geolocation database",
    ]

    /// A long pattern is cut; the whole stands in the file.
    private static func shorten(_ text: String) -> String {
        text.count > 300 ? text.prefix(297) + "..." : text
    }
}
