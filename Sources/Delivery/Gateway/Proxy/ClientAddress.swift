// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes
internal import DefenseModel

/// Who the client is when trusted proxies stand between.
struct ClientAddress {
    let trustedProxies: [AddressRange]

    func isTrusted(_ peer: NumericAddress?) -> Bool {
        guard let peer else {
            return false
        }
        return trustedProxies.contains { $0.contains(peer) }
    }

    /// The last address in `X-Forwarded-For` that is no trusted proxy, read from the right, since only what trusted
    /// proxies appended is sure; nil where the peer itself is the client.
    ///
    /// Anything that is no address ends the search: what stands left of it was not written by a trusted proxy.
    func forwarded(in head: HTTPRequestHead) -> String? {
        head.bytes.withUnsafeBufferPointer { bytes in
            var candidate: String?
            for field in head.fields.reversed() where FieldName(bytes, field.name.bounds) == .xForwardedFor {
                var elements: [Range<Int>] = []
                forEachListElement(bytes, field.value.bounds) { elements.append($0) }
                for element in elements.reversed() {
                    let text = Self.withoutPort(bytes, element)
                    guard let address = NumericAddress(bytes[text]) else {
                        return candidate
                    }
                    candidate = String(decoding: bytes[text], as: UTF8.self)
                    if !isTrusted(address) {
                        return candidate
                    }
                }
            }
            return candidate
        }
    }

    /// Some proxies write `192.0.2.1:4711` or `[2001:db8::1]:4711`.
    private static func withoutPort(_ bytes: UnsafeBufferPointer<UInt8>, _ element: Range<Int>) -> Range<Int> {
        if bytes[element.lowerBound] == UInt8(ascii: "["),
            let close = bytes[element].firstIndex(of: UInt8(ascii: "]"))
        {
            return (element.lowerBound + 1)..<close
        }
        let colons = bytes[element].lazy.filter { $0 == UInt8(ascii: ":") }.count
        guard colons == 1, let colon = bytes[element].firstIndex(of: UInt8(ascii: ":")) else {
            return element
        }
        return element.lowerBound..<colon
    }
}
