// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes
internal import DefenseModel

/// One pass over a request's head; collects the parts and the first reason to refuse it.
///
/// Later parts are scanned even where an earlier one is refused, so that rules see them.
struct HeadScan {
    private let fieldLimit: Int
    var refusal: HTTP1Refusal?

    var line = 0..<0
    var method = 0..<0
    var target = 0..<0
    var version = 0..<0
    var fields: [HTTPFieldRange] = []

    var isHTTP10 = false
    var framing = BodyFraming.none
    var authority = 0..<0
    var originTarget = 0..<0
    var nominatesFields = false
    var contentEncodingCount = 0
    var contentEncoding = 0..<0

    // What the fields said; evaluated when all are known.
    var hostCount = 0
    var host = 0..<0
    var lengthCount = 0
    var length: Int?
    var transferEncodingCount = 0
    var isChunked = false
    var expectsContinue = false
    var saysClose = false
    var saysKeepAlive = false
    var saysUpgrade = false
    var upgradesToWebSocket = false

    init(fieldLimit: Int, refusal: HTTP1Refusal?) {
        self.fieldLimit = fieldLimit
        self.refusal = refusal
    }

    /// HTTP/1.1 connections stay open unless told otherwise, HTTP/1.0 connections the other way round.
    var isKeptAlive: Bool {
        !saysClose && (!isHTTP10 || saysKeepAlive)
    }

    var wantsWebSocket: Bool {
        saysUpgrade && upgradesToWebSocket && !isHTTP10 && framing == .none
    }

    mutating func refuse(_ reason: HTTP1Refusal) {
        if refusal == nil {
            refusal = reason
        }
    }

    mutating func run(_ bytes: UnsafeBufferPointer<UInt8>) {
        var position = 0
        line = nextLine(bytes, &position)
        requestLine(bytes)
        fields.reserveCapacity(16)
        while position < bytes.count {
            let range = nextLine(bytes, &position)
            if range.isEmpty {
                break
            }
            if fields.count >= fieldLimit {
                refuse(.tooManyFields)
                break
            }
            fieldLine(bytes, range)
        }
        concludeFraming(bytes)
        concludeHost(bytes)
    }

    /// The next line without its end; refuses bare line feeds.
    private mutating func nextLine(_ bytes: UnsafeBufferPointer<UInt8>, _ position: inout Int) -> Range<Int> {
        let start = position
        guard let feed = lineFeed(bytes, from: start) else {
            position = bytes.count
            return start..<position
        }
        position = feed + 1
        if feed > start, bytes[feed - 1] == 0x0d {
            return start..<(feed - 1)
        }
        refuse(.bareLineFeed)
        return start..<feed
    }

    // MARK: - Field lines, RFC 9112 section 5

    private mutating func fieldLine(_ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) {
        if bytes[range.lowerBound] == 0x20 || bytes[range.lowerBound] == 0x09 {
            refuse(.lineFolding)
            foldIntoLastField(range)
            return
        }
        let colonBehindName = colonBehindToken(bytes, range)
        guard let colon = colonBehindName ?? bytes[range].firstIndex(of: UInt8(ascii: ":")) else {
            refuse(.fieldWithoutColon)
            fields.append(HTTPFieldRange(name: ByteRange(range), value: .empty))
            return
        }
        let name = range.lowerBound..<colon
        let value = trimmed(bytes, (colon + 1)..<range.upperBound)
        if colonBehindName == nil || name.isEmpty {
            checkName(bytes, name)
        }
        checkValue(bytes, value)
        fields.append(HTTPFieldRange(name: ByteRange(trimmed(bytes, name)), value: ByteRange(value)))
        interpret(bytes, name, value)
    }

    /// Lets rules see a folded line as part of the field that it continues.
    private mutating func foldIntoLastField(_ range: Range<Int>) {
        guard let last = fields.indices.last else {
            fields.append(HTTPFieldRange(name: .empty, value: ByteRange(range)))
            return
        }
        let start = fields[last].value.isEmpty ? range.lowerBound : fields[last].value.bounds.lowerBound
        fields[last].value = ByteRange(start..<range.upperBound)
    }

    private mutating func checkName(_ bytes: UnsafeBufferPointer<UInt8>, _ name: Range<Int>) {
        guard let last = name.last else {
            refuse(.emptyFieldName)
            return
        }
        guard !ByteSet.token.containsAll(bytes, name) else {
            return
        }
        refuse(bytes[last] == 0x20 || bytes[last] == 0x09 ? .blankBeforeColon : .invalidFieldName)
    }

    private mutating func checkValue(_ bytes: UnsafeBufferPointer<UInt8>, _ value: Range<Int>) {
        guard !isFieldValue(bytes, value) else {
            return
        }
        refuse(bytes[value].contains(0x0d) ? .bareCarriageReturn : .controlCharacter)
    }

    /// Notes what a field means for the connection.
    private mutating func interpret(
        _ bytes: UnsafeBufferPointer<UInt8>,
        _ name: Range<Int>,
        _ value: Range<Int>
    ) {
        switch FieldName(bytes, name) {
        case .host:
            hostCount += 1
            host = value
        case .contentLength:
            lengthCount += 1
            length = decimal(bytes, value)
        case .transferEncoding:
            transferEncodingCount += 1
            isChunked = equalsIgnoringCase(bytes, value, "chunked")
        case .connection:
            connectionOptions(bytes, value)
        case .expect:
            expectsContinue = equalsIgnoringCase(bytes, value, "100-continue")
            if !expectsContinue {
                refuse(.unknownExpectation)
            }
        case .upgrade:
            upgradesToWebSocket = equalsIgnoringCase(bytes, value, "websocket")
        case .contentEncoding:
            contentEncodingCount += 1
            contentEncoding = value
        default:
            break
        }
    }

    /// The options of one `Connection` field, RFC 9110 section 7.6.1.
    private mutating func connectionOptions(_ bytes: UnsafeBufferPointer<UInt8>, _ value: Range<Int>) {
        forEachListElement(bytes, value) { element in
            if equalsIgnoringCase(bytes, element, "close") {
                saysClose = true
            } else if equalsIgnoringCase(bytes, element, "keep-alive") {
                saysKeepAlive = true
            } else if equalsIgnoringCase(bytes, element, "upgrade") {
                saysUpgrade = true
            } else {
                nominatesFields = true
            }
        }
    }
}

/// Calls back with each element of a comma-separated list, blanks removed, empty elements left out.
func forEachListElement(
    _ bytes: UnsafeBufferPointer<UInt8>,
    _ range: Range<Int>,
    _ body: (Range<Int>) -> Void
) {
    var start = range.lowerBound
    for index in range where bytes[index] == UInt8(ascii: ",") {
        let element = trimmed(bytes, start..<index)
        if !element.isEmpty {
            body(element)
        }
        start = index + 1
    }
    let last = trimmed(bytes, start..<range.upperBound)
    if !last.isEmpty {
        body(last)
    }
}

/// A number of decimal digits alone; nil of anything else or beyond 2^63 - 1.
func decimal(_ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> Int? {
    guard !range.isEmpty, range.count <= 19 else {
        return nil
    }
    var number = 0
    for index in range {
        let digit = bytes[index] &- UInt8(ascii: "0")
        guard digit <= 9 else {
            return nil
        }
        let (product, isProductOver) = number.multipliedReportingOverflow(by: 10)
        let (sum, isSumOver) = product.addingReportingOverflow(Int(digit))
        guard !isProductOver, !isSumOver else {
            return nil
        }
        number = sum
    }
    return number
}
