// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Crypto
internal import Foundation

/// Makes texts that name a place in a list, and refuses those that it did not make, or made for another list.
///
/// A cursor is its numbers and an HMAC (RFC 2104, SHA-256, 128 bits kept) over them and the list's fingerprint, in
/// base64url. It says where a list goes on, so that nothing is gained by knowing one; that it cannot be made by others
/// keeps odd numbers away from the store.
package struct CursorSeal: Sendable {
    private let key: [UInt8]
    private static let prefix = "c1."
    private static let tagBytes = 16

    /// - Parameter key: 32 random bytes, so that cursors outlive the process.
    package init(key: [UInt8]) {
        self.key = key
    }

    /// Reads the key from a file, or makes one for the owner alone.
    package init(keyFile path: String) throws(StorageError) {
        if FileSystem.exists(path) {
            let bytes = try FileSystem.read(path, atMost: 33)
            if bytes.count == 32 {
                key = bytes
                return
            }
            // Not whole: cursors that were given out are void, and nothing else is.
            try FileSystem.remove(path)
        }
        key = (0..<32).map { _ in UInt8.random(in: .min ... .max) }
        let unfinished = path + ".unfinished"
        try FileSystem.remove(unfinished)
        let descriptor = try FileSystem.open(unfinished, creating: true)
        defer { close(descriptor) }
        try FileSystem.write(key, to: descriptor, unfinished)
        try FileSystem.rename(unfinished, to: path)
    }

    /// The text for a place.
    ///
    /// - Parameter list: what the place is in, such as a hash of a query.
    package func seal(_ numbers: [Int64], list: [UInt8]) -> String {
        let bytes = numbers.flatMap { number in withUnsafeBytes(of: number.littleEndian) { Array($0) } }
        return Self.prefix + Self.encode(bytes + tag(bytes, list))
    }

    /// The place that a text names.
    ///
    /// - Parameter count: how many numbers it has to have.
    /// - Throws: ``StorageError/Code/badCursor``.
    package func open(_ text: String, list: [UInt8], count: Int) throws(StorageError) -> [Int64] {
        let length = count * 8
        guard text.utf8.count <= 512, text.hasPrefix(Self.prefix),
            let bytes = Self.decode(text.dropFirst(Self.prefix.count)), bytes.count == length + Self.tagBytes
        else { throw Self.refusal }
        let content = Array(bytes.prefix(length))
        guard Self.isEqual(tag(content, list), Array(bytes.suffix(Self.tagBytes))) else { throw Self.refusal }
        return (0..<count).map { place in
            content[place * 8..<place * 8 + 8].reversed().reduce(0) { $0 << 8 | Int64($1) }
        }
    }

    private static let refusal = StorageError(.badCursor, "the cursor is not one of this list; begin without one")

    private func tag(_ content: [UInt8], _ list: [UInt8]) -> [UInt8] {
        var code = HMAC<SHA256>(key: SymmetricKey(data: key))
        withUnsafeBytes(of: UInt64(list.count).littleEndian) { code.update(data: Array($0)) }
        code.update(data: list)
        code.update(data: content)
        return Array(Array(code.finalize()).prefix(Self.tagBytes))
    }

    /// Compares without stopping at the first difference.
    private static func isEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        left.count == right.count && zip(left, right).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }

    private static func encode(_ bytes: [UInt8]) -> String {
        Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    private static func decode(_ text: Substring) -> [UInt8]? {
        let padding = String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
        let standard = String(text).replacing("-", with: "+").replacing("_", with: "/") + padding
        // Read back, so that one place has one text.
        guard let data = Data(base64Encoded: standard), encode(Array(data)) == text else { return nil }
        return Array(data)
    }
}
