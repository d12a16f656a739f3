// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The fingerprint of an SQL injection: one letter per token, five at most, such as `s&1c`.
///
/// The letters are those of libinjection: `1` number, `s` string, `n` name, `v` variable, `k` keyword, `f` function,
/// `o` operator, `&` logical operator, `E` expression, `U` union, `B` group, `t` type, `T` Transact-SQL, `c` comment,
/// `A` collation, `X` what no one writes in good faith, `\\` backslash, `?` unknown, and `( ) { } . , ; :`.
public struct SQLFingerprint: Sendable, Hashable, CustomStringConvertible {
    /// The letters, the first one in the lowest byte.
    private var letters: UInt64 = 0

    /// The number of letters.
    public var count: Int {
        (64 - letters.leadingZeroBitCount + 7) / 8
    }

    /// Calls `body` with the letters.
    public func withBytes<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        withUnsafeBytes(of: letters.littleEndian) { raw in
            raw.withMemoryRebound(to: UInt8.self) { bytes in
                body(UnsafeBufferPointer(rebasing: bytes[..<count]))
            }
        }
    }

    /// The letters as text.
    public var description: String {
        withBytes { String(decoding: $0, as: UTF8.self) }
    }

    init() {}

    /// The fingerprint of one type.
    init(_ type: SQLTokenType) {
        letters = UInt64(type.letter)
    }

    /// Puts the letter of a type at an index that holds none yet.
    @inline(__always)
    mutating func set(_ type: SQLTokenType, at index: Int) {
        letters |= UInt64(type.letter) << UInt64(index * 8)
    }
}
