// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes
internal import DefenseModel

/// A kept transaction as people may see it: its structure and what attacks are made of, without what was typed.
package struct MaskedTransaction: Sendable {
    /// A name and its value.
    package struct Field: Sendable {
        package var name: String
        package var value: MaskedValue
    }

    package var method: String
    /// Without the query. Paths are in events, too.
    package var path: String
    package var version: String
    package var query: [Field]
    package var headers: [Field]
    /// The values of a form or of JSON, each by its name.
    package var body: [Field]
    /// What has no names.
    package var bodyText: MaskedValue?
    package var bodyLength: Int

    private static let mostFields = 200
    private static let longestName = 80

    package init(_ kept: KeptTransaction) {
        let request = kept.request
        let target = request.bytes[request.target.bounds]
        let mark = target.firstIndex { $0 == UInt8(ascii: "?") } ?? target.endIndex
        path = Self.path(of: target)
        method = Self.shown(request.bytes[request.method.bounds])
        version = Self.shown(request.bytes[request.version.bounds])
        query = Self.form(mark < target.endIndex ? target[(mark + 1)...] : [])
        headers = request.fields.prefix(Self.mostFields).map { field in
            let name = request.bytes[field.name.bounds]
            return Field(
                name: Self.shown(name),
                value: Self.header(Array("REQUEST_HEADERS:".utf8) + name, Array(request.bytes[field.value.bounds]))
            )
        }
        bodyLength = kept.body.count
        body = []
        guard !kept.body.isEmpty else { return }
        let type = kept.header("content-type").map { Array($0.prefix { $0 != UInt8(ascii: ";") }) } ?? []
        let name = String(decoding: type, as: UTF8.self).lowercased()
        if name.hasSuffix("x-www-form-urlencoded") {
            body = Self.form(kept.body[...])
        } else if name.hasSuffix("json"), let value = try? JSONReader.read(kept.body, maximumDepth: 64) {
            Self.append(value, named: "json", to: &body)
        } else {
            bodyText = MaskedValue(masking: kept.body, longest: 4_096)
        }
    }

    /// A target up to its query.
    package static func path(of target: ArraySlice<UInt8>) -> String {
        shown(target.prefix { $0 != UInt8(ascii: "?") }, longest: 512)
    }

    private static func shown(_ bytes: ArraySlice<UInt8>, longest: Int = longestName) -> String {
        MaskedValue(open: bytes, longest: longest).text
    }

    private static func header(_ name: [UInt8], _ value: [UInt8]) -> MaskedValue {
        if MatchSketch.isSecret(name) { return hidden(value) }
        return MatchSketch.isOpen(name) ? MaskedValue(open: value) : MaskedValue(masking: value)
    }

    private static func hidden(_ value: [UInt8]) -> MaskedValue { MaskedValue(note: "(\(value.count) bytes, hidden)") }

    private static func value(_ value: [UInt8], named name: [UInt8]) -> MaskedValue {
        MatchSketch.isSecret(name) ? hidden(value) : MaskedValue(masking: value)
    }

    /// Longer names are more likely tokens.
    private static let longestOpenName = 32

    /// Names that people chose are masked as values are: they may be what was typed.
    private static func name(_ bytes: [UInt8]) -> String {
        let digits = bytes.count { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        let isName =
            bytes.count <= longestOpenName && digits < 5
            && bytes.allSatisfy { MatchSketch.isLetter($0) && $0 < 0x80 || ".-[]".utf8.contains($0) }
        return isName ? shown(bytes[...]) : MaskedValue(masking: bytes, longest: longestName).text
    }

    // MARK: Forms

    private static func form(_ bytes: ArraySlice<UInt8>) -> [Field] {
        bytes.split(separator: UInt8(ascii: "&"), maxSplits: mostFields).prefix(mostFields).map { part in
            let halves = part.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            let name = decode(halves[0])
            // Without a sign between them there is a value and no name.
            guard halves.count > 1 else {
                return Field(
                    name: MaskedValue(masking: name, longest: longestName).text,
                    value: MaskedValue(masking: [])
                )
            }
            return Field(
                name: Self.name(name),
                value: value(decode(halves[1]), named: name)
            )
        }
    }

    private static func decode(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(bytes.count)
        var index = bytes.startIndex
        while index < bytes.endIndex {
            if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.endIndex, let high = digit(bytes[index + 1]),
                let low = digit(bytes[index + 2])
            {
                decoded.append(high << 4 | low)
                index += 3
            } else {
                decoded.append(bytes[index] == UInt8(ascii: "+") ? 0x20 : bytes[index])
                index += 1
            }
        }
        return decoded
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    // MARK: JSON

    /// Each value by its path, as rules name it: `json.items.0.text`. The depth was bounded when it was read.
    private static func append(_ json: JSONValue, named path: String, to fields: inout [Field]) {
        guard fields.count < mostFields else { return }
        switch json {
        case .object(let members):
            for member in members { append(member.value, named: path + "." + name(member.name), to: &fields) }
        case .array(let elements):
            for (index, element) in elements.enumerated() { append(element, named: "\(path).\(index)", to: &fields) }
        case .bool, .null:
            fields.append(Field(name: path, value: MaskedValue(open: json.written)))
        default:
            let bytes = json.bytes ?? json.written
            fields.append(Field(name: path, value: value(bytes, named: Array(path.utf8))))
        }
    }
}

extension JSONValue {
    fileprivate var written: [UInt8] {
        var json = JSONWriter()
        json.value(self)
        return json.bytes
    }
}
