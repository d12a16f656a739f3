// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Glibc

/// Masks what must not leave a report: secrets, credentials in headers, tokens in URLs.
enum SecretMask {
    static let mark = "****"

    /// A secret's first four characters and a mark; the mark alone for what is shorter than 16 bytes.
    static func mask(_ value: String) -> String {
        guard value.utf8.count >= 16 else {
            return mark
        }
        return value.prefix(4) + mark
    }

    /// A text with each occurrence of a secret, and of its lines where it has several, masked.
    static func replace(_ secret: String, in text: String) -> String {
        let lines = secret.split(whereSeparator: \.isNewline).map { $0.trimmingSpace() }.filter { $0.utf8.count >= 4 }
        var result = text
        for line in lines.isEmpty ? [secret] : lines {
            result = result.split(separator: line, omittingEmptySubsequences: false).joined(separator: mask(line))
        }
        return result
    }

    /// A text with the values of credentials masked: `Authorization`, `Cookie` and the like in header lines, user
    /// information and parameters named like tokens in URLs.
    ///
    /// One pass over the bytes; a text without any of the marks comes back as it is.
    static func credentials(in text: String) -> String {
        guard text.holds(UInt8(ascii: ":")) || text.holds(UInt8(ascii: "=")) else {
            return text
        }
        var text = text
        return text.withUTF8 { bytes in
            var masking = CredentialMasking(bytes)
            return masking.run() ? String(decoding: masking.output, as: UTF8.self) : nil
        } ?? text
    }
}

/// One pass that copies a text and leaves credentials out.
private struct CredentialMasking {
    private let text: UnsafeBufferPointer<UInt8>
    private(set) var output: [UInt8] = []
    private var copied = 0
    private var index = 0
    private var nextColon = -1
    private var nextEquals = -1

    /// Headers whose whole value is a credential.
    private static let headers = [
        "authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key", "api-key", "x-auth-token",
        "x-access-token", "x-csrf-token", "x-amz-security-token", "private-token", "job-token",
    ].map { Array($0.utf8) }
    /// Names of parameters whose value is a credential.
    private static let parameters = [
        "token", "access_token", "refresh_token", "id_token", "auth", "apikey", "api_key", "api-key", "key", "secret",
        "client_secret", "password", "passwd", "pwd", "sig", "signature", "session", "sessionid", "jsessionid",
        "phpsessid", "x-amz-signature", "x-amz-credential", "x-amz-security-token", "private_token", "code",
    ].map { Array($0.utf8) }

    init(_ text: UnsafeBufferPointer<UInt8>) {
        self.text = text
    }

    /// - Returns: whether anything was masked.
    mutating func run() -> Bool {
        while let mark = nextMark() {
            index = mark
            if text[mark] == UInt8(ascii: ":") { colon() } else { equals() }
        }
        guard copied > 0 else {
            return false
        }
        output.append(contentsOf: text[copied...])
        return true
    }

    /// The next colon or equals sign; most of a text is neither.
    private mutating func nextMark() -> Int? {
        if nextColon < index { nextColon = place(of: UInt8(ascii: ":")) }
        if nextEquals < index { nextEquals = place(of: UInt8(ascii: "=")) }
        let mark = min(nextColon, nextEquals)
        return mark < text.count ? mark : nil
    }

    /// Where a byte stands next; the text's end where it does not.
    private func place(of byte: UInt8) -> Int {
        guard let base = text.baseAddress, index < text.count,
            let found = memchr(base + index, Int32(byte), text.count - index)
        else {
            return text.count
        }
        return UnsafeRawPointer(base).distance(to: UnsafeRawPointer(found))
    }

    private mutating func mask(_ bounds: Range<Int>) {
        guard !bounds.isEmpty else {
            return
        }
        output.append(contentsOf: text[copied..<bounds.lowerBound])
        output.append(contentsOf: SecretMask.mark.utf8)
        copied = bounds.upperBound
        index = bounds.upperBound
    }

    /// A header's name stands before the colon, or a URL's scheme.
    private mutating func colon() {
        let place = index
        index += 1
        if index + 1 < text.count, text[index] == UInt8(ascii: "/"), text[index + 1] == UInt8(ascii: "/") {
            userInformation(from: index + 2)
            return
        }
        let name = word(endingAt: place)
        guard Self.headers.contains(where: { matches(name, $0) }) else {
            return
        }
        var start = index
        while start < text.count, text[start] == 0x20 || text[start] == UInt8(ascii: "\"") || text[start] == 0x09 {
            start += 1
        }
        var end = start
        while end < text.count, text[end] != 0x0A, text[end] != 0x0D {
            end += 1
        }
        mask(start..<end)
    }

    /// `user:password@` before a host.
    private mutating func userInformation(from start: Int) {
        var end = start
        while end < text.count, end - start < 512, isAuthority(text[end]) {
            if text[end] == UInt8(ascii: "@") {
                mask(start..<end)
                return
            }
            end += 1
        }
    }

    private func isAuthority(_ byte: UInt8) -> Bool {
        byte > 0x20 && byte != UInt8(ascii: "/") && byte != UInt8(ascii: "?") && byte != UInt8(ascii: "#")
    }

    private mutating func equals() {
        let place = index
        index += 1
        let name = word(endingAt: place)
        // A parameter follows `?`, `&` or `;`: assignments in code are left as they are.
        guard name.lowerBound > 0, "?&;".utf8.contains(text[name.lowerBound - 1]),
            Self.parameters.contains(where: { matches(name, $0) })
        else {
            return
        }
        var end = index
        while end < text.count, isParameter(text[end]) {
            end += 1
        }
        mask(index..<end)
    }

    private func isParameter(_ byte: UInt8) -> Bool {
        byte > 0x20 && !"&;#\"'<>".utf8.contains(byte)
    }

    private func word(endingAt end: Int) -> Range<Int> {
        var start = end
        while start > copied, end - start < 32, isWord(text[start - 1]) {
            start -= 1
        }
        return start..<end
    }

    private func isWord(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_") || byte &- 0x30 < 10 || (byte | 0x20) &- 0x61 < 26
    }

    private func matches(_ bounds: Range<Int>, _ name: [UInt8]) -> Bool {
        bounds.count == name.count && zip(text[bounds], name).allSatisfy { ($0 &- 0x41 < 26 ? $0 | 0x20 : $0) == $1 }
    }
}
