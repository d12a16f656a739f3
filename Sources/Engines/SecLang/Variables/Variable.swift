// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The variables of SecLang that can be looked at; the raw value is a dense number.
///
/// Source: ModSecurity Reference Manual v2 and v3, "Variables".
enum Variable: UInt8, CaseIterable, Sendable {
    // Arguments
    case args
    case argsCombinedSize
    case argsGet
    case argsGetNames
    case argsNames
    case argsPost
    case argsPostNames
    // Files and multipart
    case files
    case filesCombinedSize
    case filesNames
    case filesSizes
    case filesTmpNames
    case filesTmpContent
    case multipartBoundaryQuoted
    case multipartBoundaryWhitespace
    case multipartCRLFLFLines
    case multipartDataAfter
    case multipartDataBefore
    case multipartFileLimitExceeded
    case multipartFilename
    case multipartHeaderFolding
    case multipartInvalidHeaderFolding
    case multipartInvalidPart
    case multipartInvalidQuoting
    case multipartLFLine
    case multipartMissingSemicolon
    case multipartName
    case multipartPartHeaders
    case multipartStrictError
    case multipartUnmatchedBoundary
    // Request
    case authType
    case fullRequest
    case fullRequestLength
    case inboundDataError
    case pathInfo
    case queryString
    case remoteAddress
    case remoteHost
    case remotePort
    case remoteUser
    case reqbodyError
    case reqbodyErrorMessage
    case reqbodyProcessor
    case reqbodyProcessorError
    case reqbodyProcessorErrorMessage
    case requestBasename
    case requestBody
    case requestBodyLength
    case requestCookies
    case requestCookiesNames
    case requestFilename
    case requestHeaders
    case requestHeadersNames
    case requestLine
    case requestMethod
    case requestProtocol
    case requestURI
    case requestURIRaw
    case streamInputBody
    case urlencodedError
    case xml
    // Server and response
    case outboundDataError
    case responseBody
    case responseContentLength
    case responseContentType
    case responseHeaders
    case responseHeadersNames
    case responseProtocol
    case responseStatus
    case serverAddress
    case serverName
    case serverPort
    case statusLine
    case streamOutputBody
    // Time
    case duration
    case time
    case timeDay
    case timeEpoch
    case timeHour
    case timeMinute
    case timeMonth
    case timeSecond
    case timeWeekday
    case timeYear
    // Rules and state
    case environment
    case geo
    case global
    case highestSeverity
    case ip
    case matchedVar
    case matchedVarName
    case matchedVars
    case matchedVarsNames
    case modsecBuild
    case pcreError
    case pcreLimitsExceeded
    case resource
    case rule
    case session
    case sessionID
    case tx
    case uniqueID
    case user
    case userID
    case webAppID
    case webserverErrorLog

    /// The names in the order of the cases.
    private static let names: [String] = """
        ARGS ARGS_COMBINED_SIZE ARGS_GET ARGS_GET_NAMES ARGS_NAMES ARGS_POST ARGS_POST_NAMES FILES \
        FILES_COMBINED_SIZE FILES_NAMES FILES_SIZES FILES_TMPNAMES FILES_TMP_CONTENT \
        MULTIPART_BOUNDARY_QUOTED MULTIPART_BOUNDARY_WHITESPACE MULTIPART_CRLF_LF_LINES MULTIPART_DATA_AFTER \
        MULTIPART_DATA_BEFORE MULTIPART_FILE_LIMIT_EXCEEDED MULTIPART_FILENAME MULTIPART_HEADER_FOLDING \
        MULTIPART_INVALID_HEADER_FOLDING MULTIPART_INVALID_PART MULTIPART_INVALID_QUOTING MULTIPART_LF_LINE \
        MULTIPART_MISSING_SEMICOLON MULTIPART_NAME MULTIPART_PART_HEADERS MULTIPART_STRICT_ERROR \
        MULTIPART_UNMATCHED_BOUNDARY AUTH_TYPE FULL_REQUEST FULL_REQUEST_LENGTH INBOUND_DATA_ERROR PATH_INFO \
        QUERY_STRING REMOTE_ADDR REMOTE_HOST REMOTE_PORT REMOTE_USER REQBODY_ERROR REQBODY_ERROR_MSG \
        REQBODY_PROCESSOR REQBODY_PROCESSOR_ERROR REQBODY_PROCESSOR_ERROR_MSG REQUEST_BASENAME REQUEST_BODY \
        REQUEST_BODY_LENGTH REQUEST_COOKIES REQUEST_COOKIES_NAMES REQUEST_FILENAME REQUEST_HEADERS \
        REQUEST_HEADERS_NAMES REQUEST_LINE REQUEST_METHOD REQUEST_PROTOCOL REQUEST_URI REQUEST_URI_RAW \
        STREAM_INPUT_BODY URLENCODED_ERROR XML OUTBOUND_DATA_ERROR RESPONSE_BODY RESPONSE_CONTENT_LENGTH \
        RESPONSE_CONTENT_TYPE RESPONSE_HEADERS RESPONSE_HEADERS_NAMES RESPONSE_PROTOCOL RESPONSE_STATUS \
        SERVER_ADDR SERVER_NAME SERVER_PORT STATUS_LINE STREAM_OUTPUT_BODY DURATION TIME TIME_DAY TIME_EPOCH \
        TIME_HOUR TIME_MIN TIME_MON TIME_SEC TIME_WDAY TIME_YEAR ENV GEO GLOBAL HIGHEST_SEVERITY IP \
        MATCHED_VAR MATCHED_VAR_NAME MATCHED_VARS MATCHED_VARS_NAMES MODSEC_BUILD MSC_PCRE_ERROR \
        MSC_PCRE_LIMITS_EXCEEDED RESOURCE RULE SESSION SESSIONID TX UNIQUE_ID USER USERID WEBAPPID \
        WEBSERVER_ERROR_LOG
        """.split(separator: " ").map(String.init)

    /// The names as bytes, for logs.
    private static let nameBytes: [[UInt8]] = names.map { Array($0.utf8) }

    /// The canonical name, `REQUEST_HEADERS`.
    var name: String { Self.names[Int(rawValue)] }
    /// The canonical name as bytes.
    var bytes: [UInt8] { Self.nameBytes[Int(rawValue)] }

    /// Other spellings of the same variables.
    static let aliases: [String: Variable] = [
        "MULTIPART_CRLF_LINE": .multipartCRLFLFLines,
        "MULTIPART_SEMICOLON_MISSING": .multipartMissingSemicolon,
        "REQUEST_XML": .xml,
        "STATUS": .responseStatus,
        "USERAGENT_IP": .remoteAddress,
    ]

    /// Variables that other engines know and this one refuses, with the reason.
    static let refused: [String: String] = [
        "ARGS_PATH": "path parameters are known only to the application's router",
        "JSON": "use ARGS with the names json.*",
        "PERF_ALL": performance, "PERF_COMBINED": performance, "PERF_GC": performance,
        "PERF_LOGGING": performance, "PERF_PHASE1": performance, "PERF_PHASE2": performance,
        "PERF_PHASE3": performance, "PERF_PHASE4": performance, "PERF_PHASE5": performance,
        "PERF_RULES": performance, "PERF_SREAD": performance, "PERF_SWRITE": performance,
        "RESPONSE_ARGS": response, "RESPONSE_XML": response,
        "RES_BODY_ERROR": response, "RES_BODY_ERROR_MSG": response, "RES_BODY_PROCESSOR": response,
        "RES_BODY_PROCESSOR_ERROR": response, "RES_BODY_PROCESSOR_ERROR_MSG": response,
        "SCRIPT_BASENAME": script, "SCRIPT_FILENAME": script, "SCRIPT_GID": script,
        "SCRIPT_GROUPNAME": script, "SCRIPT_MODE": script, "SCRIPT_UID": script, "SCRIPT_USERNAME": script,
        "SDBM_DELETE_ERROR": "there is no SDBM store behind the persistent collections",
    ]
    private static let performance = "timings are not visible to rules; `redoubt waf cost` reports them"
    private static let response = "response bodies are not taken apart; look at RESPONSE_BODY"
    private static let script = "a reverse proxy does not know the file that answers the request"

    static let byName: [String: Variable] = {
        var names = aliases
        for variable in allCases {
            names[variable.name] = variable
        }
        return names
    }()

    /// Whether the variable holds named values, so that `NAME:key` makes sense.
    var isCollection: Bool {
        switch self {
        case .args, .argsGet, .argsGetNames, .argsNames, .argsPost, .argsPostNames, .files, .filesNames, .filesSizes,
            .filesTmpNames, .filesTmpContent, .multipartFilename, .multipartName, .multipartPartHeaders,
            .requestCookies,
            .requestCookiesNames, .requestHeaders, .requestHeadersNames, .xml, .responseHeaders, .responseHeadersNames,
            .environment, .geo, .global, .ip, .matchedVars, .matchedVarsNames, .resource, .rule, .session, .tx, .user:
            true
        default:
            false
        }
    }

    /// The collections that outlive a transaction.
    var isPersistent: Bool {
        switch self {
        case .global, .ip, .resource, .session, .user: true
        default: false
        }
    }
}
