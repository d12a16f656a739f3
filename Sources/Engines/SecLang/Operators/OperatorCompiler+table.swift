// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

extension OperatorCompiler {
    typealias Maker = @Sendable (OperatorCompiler, [UInt8]) throws(SyntaxError) -> Operator

    /// The operators by lower-cased name, each with the name that logs show.
    static let operators: [String: (name: String, make: Maker)] = texts.merging(numbers) { $1 }.merging(checks) { $1 }

    private static let texts: [String: (name: String, make: Maker)] = [
        "rx": ("Rx", { c, a throws(SyntaxError) in try c.regex(a) }),
        "rxglobal": (
            "RxGlobal",
            { c, a throws(SyntaxError) in
                guard case .regex(let regex) = try c.regex(a) else {
                    throw SyntaxError("@rxGlobal takes no macros")
                }
                return .regexGlobal(regex)
            }
        ),
        "pm": ("Pm", { c, a throws(SyntaxError) in try c.phrases(a) }),
        "pmf": ("PmFromFile", { c, a throws(SyntaxError) in try c.phrasesFromFiles(a) }),
        "pmfromfile": ("PmFromFile", { c, a throws(SyntaxError) in try c.phrasesFromFiles(a) }),
        "beginswith": ("BeginsWith", { c, a throws(SyntaxError) in .text(.beginsWith, c.macro(a)) }),
        "contains": ("Contains", { c, a throws(SyntaxError) in .text(.contains, c.macro(a)) }),
        "containsword": ("ContainsWord", { c, a throws(SyntaxError) in .text(.containsWord, c.macro(a)) }),
        "endswith": ("EndsWith", { c, a throws(SyntaxError) in .text(.endsWith, c.macro(a)) }),
        "streq": ("StrEq", { c, a throws(SyntaxError) in .text(.equals, c.macro(a)) }),
        "strmatch": ("StrMatch", { c, a throws(SyntaxError) in .text(.strmatch, c.macro(a)) }),
        "within": ("Within", { c, a throws(SyntaxError) in .text(.within, c.macro(a)) }),
    ]

    private static let numbers: [String: (name: String, make: Maker)] = [
        "eq": ("Eq", { c, a throws(SyntaxError) in .number(.equal, c.macro(a)) }),
        "ge": ("Ge", { c, a throws(SyntaxError) in .number(.greaterOrEqual, c.macro(a)) }),
        "gt": ("Gt", { c, a throws(SyntaxError) in .number(.greater, c.macro(a)) }),
        "le": ("Le", { c, a throws(SyntaxError) in .number(.lessOrEqual, c.macro(a)) }),
        "lt": ("Lt", { c, a throws(SyntaxError) in .number(.less, c.macro(a)) }),
        "ipmatch": ("IpMatch", { c, a throws(SyntaxError) in try c.addresses(a) }),
        "ipmatchf": ("IpMatchFromFile", { c, a throws(SyntaxError) in try c.addressesFromFile(a) }),
        "ipmatchfromfile": ("IpMatchFromFile", { c, a throws(SyntaxError) in try c.addressesFromFile(a) }),
    ]

    private static let checks: [String: (name: String, make: Maker)] = [
        "detectsqli": ("DetectSQLi", { _, _ throws(SyntaxError) in .sqlInjection }),
        "detectxss": ("DetectXSS", { _, _ throws(SyntaxError) in .crossSiteScripting }),
        "geolookup": ("GeoLookup", { c, _ throws(SyntaxError) in .geoLookup }),
        "inspectfile": (
            "InspectFile",
            { c, a throws(SyntaxError) in
                .program(try ProgramResolver(compiler: c.files, file: c.file).program(a, use: "@inspectFile"))
            }
        ),
        "nomatch": ("NoMatch", { _, _ throws(SyntaxError) in .never }),
        "rbl": ("Rbl", { c, a throws(SyntaxError) in .blockList(c.macro(a)) }),
        "unconditionalmatch": ("UnconditionalMatch", { _, _ throws(SyntaxError) in .always }),
        "validatebyterange": ("ValidateByteRange", { c, a throws(SyntaxError) in try c.byteRange(a) }),
        "validatedtd": ("ValidateDTD", { c, a throws(SyntaxError) in try c.documentType(a) }),
        "validateschema": ("ValidateSchema", { c, a throws(SyntaxError) in try c.schema(a) }),
        "validateurlencoding": ("ValidateUrlEncoding", { _, _ throws(SyntaxError) in .urlEncoding }),
        "validateutf8encoding": ("ValidateUtf8Encoding", { _, _ throws(SyntaxError) in .utf8Encoding }),
        "verifycc": ("VerifyCC", { c, a throws(SyntaxError) in try c.verification(.paymentCard, a) }),
        "verifycpf": ("VerifyCPF", { c, a throws(SyntaxError) in try c.verification(.cpf, a) }),
        "verifyssn": ("VerifySSN", { c, a throws(SyntaxError) in try c.verification(.socialSecurity, a) }),
        "verifysvnr": ("VerifySVNR", { c, a throws(SyntaxError) in try c.verification(.svnr, a) }),
    ]

    private func verification(_ kind: NumberVerification, _ argument: [UInt8]) throws(SyntaxError) -> Operator {
        guard case .regex(let regex) = try regex(argument) else {
            throw SyntaxError("the pattern of a number to verify takes no macros")
        }
        return .identifier(kind, regex)
    }

    /// Operators of other engines that are refused, with the reason.
    static let refused: [String: String] = [
        "fuzzyhash": "ssdeep hashes are not supported",
        "gsblookup": "the Safe Browsing database is not supported; use @pmFromFile with a list",
        "rsub": "bodies are not rewritten",
        "validatehash": "responses are not rewritten with hashes",
        "ipmatchfromdataset": "put the addresses into a file and use @ipMatchFromFile",
        "pmfromdataset": "put the phrases into a file and use @pmFromFile",
        "restpath": "use @rx on REQUEST_FILENAME",
        "validatenid": "use @verifySSN or @verifyCPF",
    ]
}
