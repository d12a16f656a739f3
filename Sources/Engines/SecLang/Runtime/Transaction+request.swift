// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes
public import DefenseModel

extension Transaction {
    /// Who talks to whom.
    public mutating func connection(_ connection: HTTPConnectionInfo) {
        record.connection = connection
        set(.remoteAddress, connection.clientAddress)
        set(.remotePort, String(connection.clientPort))
        set(.serverAddress, connection.serverAddress)
        set(.serverPort, String(connection.serverPort))
    }

    /// The request line and the header fields, byte for byte.
    public mutating func requestHead(_ head: HTTPRequestHead) {
        record.request = head
        // Values are ranges of this one copy.
        let copy = arena.append(head.bytes)
        func range(_ part: ByteRange) -> ByteRange {
            ByteRange(offset: copy.offset + part.offset, length: part.length)
        }
        requestLine(
            method: range(head.method),
            target: range(head.target),
            version: range(head.version),
            line: range(head.line)
        )
        for field in head.fields {
            header(name: range(field.name), value: range(field.value))
        }
        originOffset += 1
        requestHeadersEnd = originOffset
    }

    // MARK: Request line

    private mutating func requestLine(method: ByteRange, target: ByteRange, version: ByteRange, line: ByteRange) {
        // Logs count offsets in `METHOD TARGET VERSION`, single blanks between, as ModSecurity v3 does.
        let targetOffset = method.length + 1
        set(.requestMethod, method, origin: Origin(offset: 0, length: method.length))
        set(.requestLine, line, origin: Origin(offset: 0, length: line.length))
        set(.requestProtocol, version, origin: Origin(offset: targetOffset + target.length + 1, length: version.length))
        set(.requestURIRaw, target, origin: Origin(offset: targetOffset, length: target.length))
        originOffset = targetOffset + target.length + 1 + version.length + 1
        splitTarget(target, at: targetOffset)
    }

    private mutating func splitTarget(_ target: ByteRange, at targetOffset: UInt32) {
        let bytes = arena[target]
        let withoutFragment = bytes.firstIndex(of: UInt8(ascii: "#")).map { UInt32($0) } ?? target.length
        let origin = Origin(offset: targetOffset, length: withoutFragment)
        let pathStart = Self.pathStart(of: bytes)
        let uri = ByteRange(
            offset: target.offset + pathStart,
            length: withoutFragment - min(pathStart, withoutFragment)
        )
        set(.requestURI, uri, origin: origin)
        let question = arena[uri].firstIndex(of: UInt8(ascii: "?")).map { UInt32($0) }
        let path = ByteRange(offset: uri.offset, length: question ?? uri.length)
        let pathOrigin = Origin(offset: targetOffset + pathStart, length: path.length)
        let decoded = decodePath(path)
        record.decodedPath = arena.array(decoded)
        set(.requestFilename, decoded, origin: pathOrigin)
        let slash = arena[decoded].lastIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") }
        let baseStart = UInt32(slash.map { $0 + 1 } ?? 0)
        let base = ByteRange(offset: decoded.offset + baseStart, length: decoded.length - baseStart)
        set(
            .requestBasename,
            base,
            origin: Origin(offset: pathOrigin.offset + min(baseStart, path.length), length: base.length)
        )
        set(.pathInfo, decoded, origin: pathOrigin)
        guard let question else {
            set(.queryString, .empty)
            return
        }
        let query = ByteRange(offset: uri.offset + question + 1, length: uri.length - question - 1)
        let queryOrigin = Origin(offset: targetOffset + pathStart + question + 1, length: query.length)
        set(.queryString, query, origin: queryOrigin)
        addArguments(Array(arena[query]), at: queryOrigin.offset, isBody: false)
    }

    /// How much of an absolute-form target its scheme and authority are.
    private static func pathStart(of target: UnsafeBufferPointer<UInt8>) -> UInt32 {
        guard let colon = target.firstIndex(of: UInt8(ascii: ":")), colon > 0, colon + 2 < target.count,
            target[colon + 1] == UInt8(ascii: "/"), target[colon + 2] == UInt8(ascii: "/"),
            target[..<colon].allSatisfy({ (0x41...0x5A).contains($0 & 0xDF) })
        else {
            return 0
        }
        let slash = target[(colon + 3)...].firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") }
        return UInt32(slash ?? target.count)
    }

    private mutating func decodePath(_ path: ByteRange) -> ByteRange {
        guard arena[path].contains(UInt8(ascii: "%")) else {
            return path
        }
        var decoded: [UInt8] = []
        let bytes = arena[path]
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count,
                let high = Self.hexValue(bytes[index + 1]), let low = Self.hexValue(bytes[index + 2])
            {
                decoded.append(high << 4 | low)
                index += 3
            } else {
                decoded.append(bytes[index])
                index += 1
            }
        }
        return arena.append(decoded)
    }

    private static func hexValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x37
        case 0x61...0x66: byte - 0x57
        default: nil
        }
    }

    // MARK: Header fields

    private mutating func header(name: ByteRange, value: ByteRange) {
        let nameOrigin = Origin(offset: originOffset, length: name.length)
        let valueOrigin = Origin(offset: originOffset + name.length + 2, length: value.length)
        originOffset += name.length + 2 + value.length + 1
        append(name, name, to: .requestHeadersNames, origin: nameOrigin)
        append(name, value, to: .requestHeaders, origin: valueOrigin)
        let key = arena[name]
        if Self.equalsIgnoringCase(key, lowercased: "cookie") {
            addCookies(value, at: valueOrigin.offset)
        } else if Self.equalsIgnoringCase(key, lowercased: "content-type") {
            chooseProcessor(value)
        } else if Self.equalsIgnoringCase(key, lowercased: "host") {
            setServerName(value, at: valueOrigin.offset)
        } else if Self.equalsIgnoringCase(key, lowercased: "authorization") {
            setUser(value, origin: valueOrigin)
        }
    }

    private mutating func chooseProcessor(_ contentType: ByteRange) {
        let processor: RequestBodyProcessor
        switch ContentType.kind(of: arena[contentType]) {
        case .urlEncoded: processor = .urlencoded
        case .multipart: processor = .multipart
        // As in ModSecurity, rules choose the processors of JSON and XML.
        case .json, .xml, .other: return
        }
        bodyProcessor = processor
        set(.reqbodyProcessor, processor.rawValue)
    }

    private mutating func setServerName(_ host: ByteRange, at offset: UInt32) {
        let bytes = arena[host]
        var length = bytes.count
        if bytes.first == UInt8(ascii: "[") {
            length = bytes.firstIndex(of: UInt8(ascii: "]")).map { $0 + 1 } ?? length
        } else if let colon = bytes.firstIndex(of: UInt8(ascii: ":")) {
            length = colon
        }
        let name = ByteRange(offset: Int(host.offset), length: length)
        set(.serverName, name, origin: Origin(offset: offset, length: name.length))
    }

    private mutating func setUser(_ credentials: ByteRange, origin: Origin) {
        let bytes = arena.array(credentials)
        let blank = bytes.firstIndex(of: 0x20) ?? bytes.count
        set(.authType, bytes[..<blank], origin: Origin(offset: origin.offset, length: UInt32(blank)))
        guard Array(bytes[..<blank]).asciiLowercased() == Array("basic".utf8), blank < bytes.count else {
            return
        }
        let encoded = Array(bytes[(blank + 1)...])
        let decoded = encoded.withUnsafeBufferPointer { input in
            [UInt8](
                unsafeUninitializedCapacity: max(1, Transformation.base64Decode.maximumOutputLength(of: input.count))
            ) {
                output,
                count in
                count =
                    output.baseAddress.map {
                        Transformation.base64Decode.apply(input, into: $0, unicodeMap: nil)
                    } ?? 0
            }
        }
        let name = decoded[..<(decoded.firstIndex(of: UInt8(ascii: ":")) ?? decoded.count)]
        set(.remoteUser, name, origin: origin)
    }

    private mutating func addCookies(_ header: ByteRange, at offset: UInt32) {
        var found: [(ByteRange, ByteRange, Int, Int)] = []
        let settings = rules.settings
        let result = arena.array(header).withUnsafeBufferPointer { input in
            CookieParser.parse(
                input,
                format: settings.cookieFormat == 1 ? .rfc2109 : .netscape,
                separator: settings.cookieV0Separator,
                limit: 1_000,
                into: &arena
            ) { found.append(($0, $1, $2, $3)) }
        }
        for (name, value, nameOffset, valueOffset) in found {
            let nameOrigin = Origin(offset: offset + UInt32(clamping: nameOffset), length: name.length)
            let valueOrigin = Origin(offset: offset + UInt32(clamping: valueOffset), length: value.length)
            append(name, name, to: .requestCookiesNames, origin: nameOrigin)
            append(name, value, to: .requestCookies, origin: valueOrigin)
        }
        if result.exceededLimit {
            failBody("More than 1000 cookies")
        }
    }

    // MARK: Arguments

    /// Takes a query string or an urlencoded body apart.
    mutating func addArguments(_ input: [UInt8], at offset: UInt32, isBody: Bool) {
        var found: [(ByteRange, ByteRange, Int, Int)] = []
        let settings = rules.settings
        let room = max(0, settings.argumentsLimit - argumentCount)
        let result = input.withUnsafeBufferPointer { bytes in
            URLEncodedBody.parse(bytes, separator: settings.argumentSeparator, limit: room, into: &arena) {
                found.append(($0, $1, $2, $3))
            }
        }
        for (name, value, nameOffset, valueOffset) in found {
            addArgument(
                name,
                value,
                nameOrigin: Origin(offset: offset + UInt32(clamping: nameOffset), length: name.length),
                valueOrigin: Origin(offset: offset + UInt32(clamping: valueOffset), length: value.length),
                isBody: isBody
            )
        }
        if result.hasInvalidEncoding {
            set(.urlencodedError, number(1))
        }
        if result.exceededLimit {
            failBody("SecArgumentsLimit exceeded")
        }
    }

    mutating func addArgument(
        _ name: ByteRange,
        _ value: ByteRange,
        nameOrigin: Origin,
        valueOrigin: Origin,
        isBody: Bool
    ) {
        argumentCount += 1
        append(name, value, to: isBody ? .argsPost : .argsGet, origin: valueOrigin)
        append(name, name, to: isBody ? .argsPostNames : .argsGetNames, origin: nameOrigin)
        combinedArgumentSize += name.count + value.count
        guard context.collectsDebugLog else {
            return
        }
        let pair = "name \"\(arena.array(name).lossyText)\", value \"\(arena.array(value).lossyText)\""
        debug(4, "Adding request argument (\(isBody ? "BODY" : "QUERY_STRING")): \(pair)")
    }
}
