// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The words of a static text that white space separates.
struct StaticText: @unchecked Sendable {
    /// Static memory, never written.
    private let bytes: UnsafeBufferPointer<UInt8>

    init(_ text: StaticString) {
        bytes = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
    }

    /// Calls `body` with each piece between separators, and where it begins.
    func forEachPiece(separatedBy isSeparator: (UInt8) -> Bool, _ body: (UnsafeBufferPointer<UInt8>, Int) -> Void) {
        var start = 0
        for index in 0...bytes.count where index == bytes.count || isSeparator(bytes[index]) {
            if index > start {
                body(UnsafeBufferPointer(rebasing: bytes[start..<index]), start)
            }
            start = index + 1
        }
    }

    /// Calls `body` with each word, and where it begins.
    func forEachWord(_ body: (UnsafeBufferPointer<UInt8>, Int) -> Void) {
        forEachPiece(separatedBy: { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\n") }, body)
    }

    /// Calls `body` with each line, and where it begins.
    func forEachLine(_ body: (UnsafeBufferPointer<UInt8>, Int) -> Void) {
        forEachPiece(separatedBy: { $0 == UInt8(ascii: "\n") }, body)
    }
}
