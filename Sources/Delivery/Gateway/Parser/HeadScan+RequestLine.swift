// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The request line, RFC 9112 section 3.
extension HeadScan {
    mutating func requestLine(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard !line.isEmpty else {
            refuse(.emptyRequestLine)
            return
        }
        checkLineBytes(bytes)
        splitLine(bytes)
        checkMethod(bytes)
        checkVersion(bytes)
        checkTarget(bytes)
    }

    private mutating func checkLineBytes(_ bytes: UnsafeBufferPointer<UInt8>) {
        for index in line where bytes[index] < 0x20 || bytes[index] == 0x7f {
            switch bytes[index] {
            case 0x0d: refuse(.bareCarriageReturn)
            case 0x09: refuse(.spacesInRequestLine)
            default: refuse(.controlCharacter)
            }
            return
        }
    }

    /// Method, target and version stand between single blanks; where there are more, the method is the first word,
    /// the version the last and the target all between, so that rules see it whole.
    private mutating func splitLine(_ bytes: UnsafeBufferPointer<UInt8>) {
        let words = trimmed(bytes, line)
        if words.lowerBound != line.lowerBound {
            refuse(.spacesInRequestLine)
        }
        let isBlank: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 }
        guard let first = bytes[words].firstIndex(where: isBlank) else {
            method = words
            refuse(line.upperBound > words.upperBound ? .emptyVersion : .missingVersion)
            return
        }
        method = words.lowerBound..<first
        guard words.upperBound == line.upperBound else {
            target = trimmed(bytes, first..<words.upperBound)
            refuse(bytes[target].contains(0x20) ? .spacesInRequestLine : .emptyVersion)
            return
        }
        guard let last = bytes[words].lastIndex(where: isBlank), last > first else {
            target = trimmed(bytes, first..<words.upperBound)
            refuse(.missingVersion)
            return
        }
        target = trimmed(bytes, first..<last)
        version = (last + 1)..<words.upperBound
        if target != (first + 1)..<last || bytes[target].contains(where: isBlank) {
            refuse(.spacesInRequestLine)
        }
    }

    private mutating func checkMethod(_ bytes: UnsafeBufferPointer<UInt8>) {
        if method.isEmpty || !ByteSet.token.containsAll(bytes, method) {
            refuse(.invalidMethod)
        }
    }

    private mutating func checkVersion(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard !version.isEmpty else {
            refuse(.missingVersion)
            return
        }
        if equals(bytes, version, "HTTP/1.1") {
            return
        }
        if equals(bytes, version, "HTTP/1.0") {
            isHTTP10 = true
            return
        }
        refuse(isLaterVersion(bytes) ? .unsupportedVersion : .invalidVersion)
    }

    /// A protocol after HTTP/1.1, named with one number or two; HTTP/0.9 has no request line of this form.
    private func isLaterVersion(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        guard version.count == 6 || version.count == 8,
            equals(bytes, version.lowerBound..<(version.lowerBound + 5), "HTTP/")
        else {
            return false
        }
        let major = bytes[version.lowerBound + 5]
        guard major >= UInt8(ascii: "1"), major <= UInt8(ascii: "9") else {
            return false
        }
        guard version.count == 8 else {
            return true
        }
        let minor = bytes[version.lowerBound + 7]
        return bytes[version.lowerBound + 6] == UInt8(ascii: ".") && minor >= 0x30 && minor <= 0x39
    }

    /// The four forms of a target, RFC 9112 section 3.2. Sets `originTarget` and, for absolute form, `authority`.
    private mutating func checkTarget(_ bytes: UnsafeBufferPointer<UInt8>) {
        originTarget = target
        guard let first = target.first.map({ bytes[$0] }) else {
            refuse(.invalidTarget)
            return
        }
        guard ByteSet.target.containsAll(bytes, target) else {
            refuse(bytes[target].contains(UInt8(ascii: "#")) ? .targetFragment : .invalidTarget)
            return
        }
        if bytes[method].elementsEqual("CONNECT".utf8) {
            refuse(isAuthorityWithPort(bytes, target) ? .connectMethod : .invalidTarget)
        } else if first == UInt8(ascii: "/") {
            return
        } else if first == UInt8(ascii: "*"), target.count == 1 {
            if !bytes[method].elementsEqual("OPTIONS".utf8) {
                refuse(.invalidTarget)
            }
        } else {
            absoluteForm(bytes)
        }
    }

    private mutating func absoluteForm(_ bytes: UnsafeBufferPointer<UInt8>) {
        var start = target.lowerBound
        for scheme: StaticString in ["http://", "https://"] {
            let end = min(target.lowerBound + scheme.utf8CodeUnitCount, target.upperBound)
            if equalsIgnoringCase(bytes, target.lowerBound..<end, scheme) {
                start = end
            }
        }
        guard start > target.lowerBound else {
            refuse(.invalidTarget)
            return
        }
        let isEnd: (UInt8) -> Bool = { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") }
        let end = bytes[start..<target.upperBound].firstIndex(where: isEnd) ?? target.upperBound
        authority = start..<end
        originTarget = end..<target.upperBound
        if !isValidAuthority(bytes, authority) {
            refuse(.invalidTarget)
        }
    }

    private func isAuthorityWithPort(_ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> Bool {
        guard isValidAuthority(bytes, range), let colon = bytes[range].lastIndex(of: UInt8(ascii: ":")) else {
            return false
        }
        return colon + 1 < range.upperBound && bytes[colon + 1] != UInt8(ascii: "]")
            && !bytes[(colon + 1)..<range.upperBound].contains(UInt8(ascii: "]"))
    }
}
