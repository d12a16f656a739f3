// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

extension DirectiveNames {
    /// Directives that set something, by lower-cased name.
    static let settings: [String: Setting] = engine.merging(requests) { $1 }.merging(responses) { $1 }
        .merging(logs) { $1 }

    private static let engine: [String: Setting] = [
        "secruleengine": { c, a, _ throws(SyntaxError) in
            c.settings.ruleEngine = try ActionParser.ruleEngine(a[0].text)
        },
        "secwebappid": { c, a, _ throws(SyntaxError) in c.settings.webAppID = a[0].text },
        "secsensorid": { c, a, _ throws(SyntaxError) in c.settings.sensorID = a[0].text },
        "seccollectiontimeout": { c, a, _ throws(SyntaxError) in
            c.settings.collectionTimeout = try ActionParser.wholeNumber(a[0].bytes)
        },
        "secpcrematchlimit": { c, a, _ throws(SyntaxError) in
            c.settings.pcreMatchLimit = UInt32(clamping: try ActionParser.wholeNumber(a[0].bytes))
        },
        "sechttpblkey": { c, a, _ throws(SyntaxError) in c.settings.httpBlKey = a[0].text },
        "secunicodemapfile": unicodeMap,
        "secunicodemap": unicodeMap,
        "secgeolookupdb": { c, a, file throws(SyntaxError) in
            let candidates = c.paths(for: a[0].text, in: file)
            let path = candidates.first { c.files.exists($0) } ?? a[0].text
            c.settings.geoDatabase = try GeoDatabase(path: path)
        },
        "secxmlexternalentity": { c, a, file throws(SyntaxError) in
            if try ActionParser.onOff(a[0].text) {
                c.report(
                    .warning,
                    SourceLocation(file: file, line: c.currentLine),
                    "SecXmlExternalEntity On has no effect: external entities, which read files and addresses of the "
                        + "client's choice, are never loaded"
                )
            }
        },
    ]

    private static let unicodeMap: Setting = { c, a, file throws(SyntaxError) in
        let arguments = a.count == 1 ? a[0].text.split(separator: " ").map(String.init) : a.map(\.text)
        guard let last = arguments.last, arguments.count > 1, let page = Int(last) else {
            throw SyntaxError(
                "Invalid input:  SecUnicodeMapFile \(arguments.joined(separator: " ")): "
                    + "a file and the number of a code page are expected"
            )
        }
        let path = arguments.dropLast().joined(separator: " ")
        let candidates = c.paths(for: path, in: file)
        guard let found = candidates.first(where: { c.files.exists($0) }) else {
            throw SyntaxError("Failed to locate the unicode map file from: \(path)")
        }
        do {
            c.settings.unicodeMap = try UnicodeMap(parsing: try c.files.read(found), codePage: page)
        } catch {
            throw SyntaxError("\(path): \(error)")
        }
    }

    private static let requests: [String: Setting] = [
        "secrequestbodyaccess": { c, a, _ throws(SyntaxError) in
            c.settings.requestBodyAccess = try ActionParser.onOff(a[0].text)
        },
        "secrequestbodylimit": { c, a, _ throws(SyntaxError) in
            c.settings.requestBodyLimit = try ActionParser.wholeNumber(a[0].bytes)
        },
        "secrequestbodynofileslimit": { c, a, _ throws(SyntaxError) in
            c.settings.requestBodyNoFilesLimit = try ActionParser.wholeNumber(a[0].bytes)
        },
        "secrequestbodylimitaction": { c, a, _ throws(SyntaxError) in
            c.settings.requestBodyLimitAction = try limitAction(a[0].text)
        },
        "secrequestbodyjsondepthlimit": { c, a, _ throws(SyntaxError) in
            c.settings.requestBodyJSONDepthLimit = try ActionParser.wholeNumber(a[0].bytes)
        },
        "secargumentseparator": { c, a, _ throws(SyntaxError) in c.settings.argumentSeparator = try byte(a[0]) },
        "secargumentslimit": { c, a, _ throws(SyntaxError) in
            c.settings.argumentsLimit = try ActionParser.wholeNumber(a[0].bytes)
        },
        "seccookieformat": { c, a, _ throws(SyntaxError) in
            let format = try ActionParser.wholeNumber(a[0].bytes)
            guard format <= 1 else {
                throw SyntaxError("SecCookieFormat is 0 or 1")
            }
            c.settings.cookieFormat = format
        },
        "seccookiev0separator": { c, a, _ throws(SyntaxError) in c.settings.cookieV0Separator = try byte(a[0]) },
        "secuploadfilelimit": { c, a, _ throws(SyntaxError) in
            c.settings.uploadFileLimit = try ActionParser.wholeNumber(a[0].bytes)
        },
    ]

    private static let responses: [String: Setting] = [
        "secresponsebodyaccess": { c, a, _ throws(SyntaxError) in
            c.settings.responseBodyAccess = try ActionParser.onOff(a[0].text)
        },
        "secresponsebodylimit": { c, a, _ throws(SyntaxError) in
            c.settings.responseBodyLimit = try ActionParser.wholeNumber(a[0].bytes)
        },
        "secresponsebodylimitaction": { c, a, _ throws(SyntaxError) in
            c.settings.responseBodyLimitAction = try limitAction(a[0].text)
        },
        "secresponsebodymimetype": { c, a, _ throws(SyntaxError) in
            c.settings.responseBodyMimeTypes = a.flatMap { $0.text.split(separator: " ") }.map { $0.lowercased() }
        },
        "secresponsebodymimetypesclear": { c, _, _ throws(SyntaxError) in c.settings.responseBodyMimeTypes = [] },
    ]

    private static let logs: [String: Setting] = [
        "secauditengine": { c, a, _ throws(SyntaxError) in
            c.settings.audit.engine = try ActionParser.auditEngine(a[0].text)
        },
        "secauditlog": { c, a, _ throws(SyntaxError) in
            c.settings.audit.file = try logPath(a[0].text)
        },
        "secauditlog2": { c, a, _ throws(SyntaxError) in
            c.settings.audit.secondFile = try logPath(a[0].text)
        },
        "secauditlogformat": { c, a, _ throws(SyntaxError) in
            c.settings.audit.format = try choice(a[0].text, ["json": .json, "native": .native])
        },
        "secauditlogtype": { c, a, _ throws(SyntaxError) in
            c.settings.audit.kind = try choice(
                a[0].text,
                ["serial": .serial, "concurrent": .concurrent, "parallel": .concurrent, "https": .https]
            )
        },
        "secauditlogparts": { c, a, _ throws(SyntaxError) in
            if case .replace(let parts) = try ActionParser.auditParts(a[0].bytes) {
                c.settings.audit.parts = parts
            }
        },
        "secauditlogrelevantstatus": { c, a, _ throws(SyntaxError) in
            c.settings.audit.relevantStatus = try RegexCompiler(options: c.options).compile(a[0].bytes)
        },
        "secauditlogstoragedir": { c, a, _ throws(SyntaxError) in c.settings.audit.storageDirectory = a[0].text },
        "secauditlogdirmode": { c, a, _ throws(SyntaxError) in
            c.settings.audit.directoryMode = try mode(a[0].text, default: 0o750)
        },
        "secauditlogfilemode": { c, a, _ throws(SyntaxError) in
            c.settings.audit.fileMode = try mode(a[0].text, default: 0o640)
        },
        "secdebuglog": { c, a, _ throws(SyntaxError) in
            c.settings.debugLogFile = try logPath(a[0].text)
        },
        "secdebugloglevel": { c, a, _ throws(SyntaxError) in
            c.settings.debugLogLevel = try ActionParser.wholeNumber(a[0].bytes)
        },
    ]

    // MARK: Values

    private static func limitAction(_ text: String) throws(SyntaxError) -> BodyLimitAction {
        try choice(text, ["reject": .reject, "processpartial": .processPartial])
    }

    private static func choice<Value>(_ text: String, _ values: [String: Value]) throws(SyntaxError) -> Value {
        guard let value = values[text.lowercased()] else {
            throw SyntaxError("expected one of \(values.keys.sorted().joined(separator: ", ")), got \(text)")
        }
        return value
    }

    private static func byte(_ argument: RawDirective.Argument) throws(SyntaxError) -> UInt8 {
        guard let byte = argument.bytes.first, argument.bytes.count == 1 else {
            throw SyntaxError("expected a single character, got \(argument.text)")
        }
        return byte
    }

    /// The path of a log that is written directly.
    private static func logPath(_ text: String) throws(SyntaxError) -> String {
        guard !text.hasPrefix("|") else {
            throw SyntaxError(
                "\(text) is a program; rules start none",
                hint: "name a file, or a named pipe that the program reads"
            )
        }
        return text
    }

    private static func mode(_ text: String, default defaultMode: Int) throws(SyntaxError) -> Int {
        if text.lowercased() == "default" {
            return defaultMode
        }
        guard let mode = Int(text, radix: 8), (0...0o777).contains(mode) else {
            throw SyntaxError("expected an octal mode such as 0640, got \(text)")
        }
        return mode
    }
}
