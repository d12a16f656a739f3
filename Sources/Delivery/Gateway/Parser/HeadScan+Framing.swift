// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// What the fields together say about the body and the host.
extension HeadScan {
    /// RFC 9112 section 6.3, with every ambiguity refused.
    mutating func concludeFraming(_ bytes: UnsafeBufferPointer<UInt8>) {
        if transferEncodingCount > 0 {
            if lengthCount > 0 {
                refuse(.lengthAndTransferEncoding)
            }
            if isHTTP10 {
                refuse(.transferEncodingInHTTP10)
            }
            if transferEncodingCount > 1 || !isChunked {
                refuse(.invalidTransferEncoding)
            }
            framing = .chunked
        } else if lengthCount > 1 {
            refuse(.repeatedLength)
        } else if lengthCount == 1 {
            if let length {
                framing = length == 0 ? .none : .length(length)
            } else {
                refuse(.invalidLength)
            }
        }
    }

    /// RFC 9112 section 3.2: exactly one valid `Host` (HTTP/1.0 may leave it out), equal to the authority of a
    /// target in absolute form.
    mutating func concludeHost(_ bytes: UnsafeBufferPointer<UInt8>) {
        if hostCount == 0 {
            if !isHTTP10 {
                refuse(.missingHost)
            }
            return
        }
        if hostCount > 1 {
            refuse(.repeatedHost)
        }
        if !isValidAuthority(bytes, host) {
            refuse(.invalidHost)
        }
        if !authority.isEmpty, !equalsIgnoringCase(bytes, authority, host) {
            refuse(.hostMismatch)
        }
        authority = host
    }

    /// A host name, IPv4 address or bracketed IPv6 address, with or without a port.
    func isValidAuthority(_ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> Bool {
        guard let first = range.first else {
            return false
        }
        let hostEnd: Int
        if bytes[first] == UInt8(ascii: "[") {
            guard let close = bytes[range].firstIndex(of: UInt8(ascii: "]")), close > first + 1,
                ByteSet.addressLiteral.containsAll(bytes, (first + 1)..<close)
            else {
                return false
            }
            hostEnd = close + 1
        } else {
            hostEnd = bytes[range].firstIndex(of: UInt8(ascii: ":")) ?? range.upperBound
            guard hostEnd > first, ByteSet.hostName.containsAll(bytes, first..<hostEnd) else {
                return false
            }
        }
        guard hostEnd < range.upperBound else {
            return true
        }
        // An empty port is allowed by RFC 3986, but nobody sends it and servers differ on it.
        let port = (hostEnd + 1)..<range.upperBound
        guard bytes[hostEnd] == UInt8(ascii: ":"), port.count <= 5, let number = decimal(bytes, port) else {
            return false
        }
        return number <= 65535
    }
}
