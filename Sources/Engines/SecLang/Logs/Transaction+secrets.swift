// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes
internal import DefenseModel

/// What logs must not show, in each spelling in which it came.
extension Transaction {
    /// The values of secret arguments and cookies; short ones would star out half of every line.
    ///
    /// A value that was escaped in the request, `%22` in its target or `\"` in a JSON body, is there as it was received
    /// as well, and as ``LogText`` shows it.
    var secretValues: [[UInt8]] {
        var found: Set<[UInt8]> = []
        for list in [ValueList.argsGet, .argsPost] {
            for index in lists[list.rawValue] where found.count < Self.maximumSecrets {
                let value = values[Int(index)]
                if value.bytes.count >= 4, masks.masks(argument: arena.array(value.key).asciiLowercased()) {
                    found.insert(Array(arena[value.bytes].prefix(Self.maximumSecretLength)))
                    receivedSpelling(of: value).map { _ = found.insert($0) }
                }
            }
        }
        for index in lists[ValueList.requestCookies.rawValue] where found.count < Self.maximumSecrets {
            let value = values[Int(index)]
            let isSecret = masks.masksCookies || SanitiseState.isSecretName(arena.array(value.key).asciiLowercased())
            if isSecret, value.bytes.count >= 4 {
                found.insert(Array(arena[value.bytes].prefix(Self.maximumSecretLength)))
            }
        }
        found.formUnion(jsonSpellings(of: found))
        for secret in found {
            let shown = LogText.escaped(secret)
            if shown != secret {
                found.insert(shown)
            }
        }
        // A spelling that holds another goes first: starred in parts it would not be found.
        return found.sorted { $0.count > $1.count }
    }

    private static var maximumSecrets: Int { 100 }
    private static var maximumSecretLength: Int { 4_096 }

    /// The values of the request's secret header fields.
    var secretHeaderValues: [[UInt8]] {
        guard let request = record.request else {
            return []
        }
        return request.fields.prefix(100).compactMap { field in
            let value = Array(request.bytes[field.value.bounds].prefix(Self.maximumSecretLength))
            let name = Array(request.bytes[field.name.bounds]).asciiLowercased()
            return value.count >= 4 && masks.masks(requestHeader: name) ? value : nil
        }
    }

    /// What a rule may have taken out of a secret and put elsewhere: what an argument, a cookie or an `Authorization`
    /// field holds, but not the whole line of cookies, of which most are no secrets.
    var capturableSecrets: [[UInt8]] {
        guard let request = record.request else {
            return secretValues
        }
        let lines = request.fields.prefix(100).compactMap { field -> [UInt8]? in
            let name = Array(request.bytes[field.name.bounds]).asciiLowercased()
            guard name != Array("cookie".utf8), masks.masks(requestHeader: name) else {
                return nil
            }
            let value = Array(request.bytes[field.value.bounds].prefix(Self.maximumSecretLength))
            return value.count >= 4 ? value : nil
        }
        return secretValues + lines
    }

    /// A secret of the target or of a form, as it was received; nil where it is of elsewhere or was not escaped.
    private func receivedSpelling(of value: StoredValue) -> [UInt8]? {
        guard value.origin.offset != .max, let request = record.request else {
            return nil
        }
        let isOfTarget = value.origin.offset < requestHeadersEnd
        let start = isOfTarget ? UInt32(request.method.length + 1) : requestHeadersEnd
        guard value.origin.offset >= start else {
            return nil
        }
        let text = isOfTarget ? Array(request.bytes[request.target.bounds]) : requestBody
        let offset = Int(value.origin.offset - start)
        let end = min(rawEnd(of: value, at: offset, in: text), offset + 3 * Self.maximumSecretLength)
        guard offset < end, !text[offset..<end].elementsEqual(arena[value.bytes]) else {
            return nil
        }
        return Array(text[offset..<end])
    }

    /// How secrets are spelled in a JSON body where that escapes them. One pass over the body; only texts with an escape
    /// in them are decoded.
    func jsonSpellings(of secrets: Set<[UInt8]>) -> Set<[UInt8]> {
        guard bodyProcessor == .json, !secrets.isEmpty, requestBody.contains(UInt8(ascii: "\\")) else {
            return []
        }
        return requestBody.withUnsafeBufferPointer { body in
            var spellings: Set<[UInt8]> = []
            var scanner = JSONScanner(body)
            while scanner.index < body.count, spellings.count < Self.maximumSecrets {
                guard body[scanner.index] == UInt8(ascii: "\"") else {
                    scanner.index += 1
                    continue
                }
                // Behind a fault nothing was parsed, so nothing there is a secret.
                guard let text = try? scanner.string() else {
                    return spellings
                }
                if text.hasEscapes, secrets.contains(Self.decoded(text, scanner)) {
                    spellings.insert(Array(body[text.range]))
                }
            }
            return spellings
        }
    }

    private static func decoded(_ text: JSONScanner.Text, _ scanner: JSONScanner) -> [UInt8] {
        let bytes = [UInt8](unsafeUninitializedCapacity: text.decodedLengthBound) { buffer, count in
            count = buffer.baseAddress.map { scanner.decode(text, into: $0) } ?? 0
        }
        return Array(bytes.prefix(maximumSecretLength))
    }
}
