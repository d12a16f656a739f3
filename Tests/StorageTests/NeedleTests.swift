// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Testing

@testable import Storage

@Suite struct NeedleTests {
    /// The first place by comparing at each.
    private func place(of needle: [UInt8], in bytes: ArraySlice<UInt8>) -> Int? {
        guard bytes.count >= needle.count else { return nil }
        return (bytes.startIndex...(bytes.endIndex - needle.count)).first { bytes[$0...].starts(with: needle) }
    }

    @Test func `is found where comparing at each place finds it, and nowhere else`() {
        var random = SeededGenerator(seed: 11)
        for _ in 0..<20_000 {
            // Two letters make many places where only the rarest bytes fit.
            let letters = random.next() % 2 == 0 ? Array("ab".utf8) : Array("a\"_Z\u{7F}".utf8)
            let bytes = (0..<Int(random.next() % 200)).map { _ in letters[Int(random.next() % UInt64(letters.count))] }
            let length = 1 + Int(random.next() % 40)
            let needle = (0..<length).map { _ in letters[Int(random.next() % UInt64(letters.count))] }
            let offset = Int(random.next() % 8)
            let wanted = offset < bytes.count ? place(of: needle, in: bytes[offset...]) : nil
            let found = bytes.withUnsafeBytes { Needle(needle).find(in: $0, from: offset) }
            #expect(found == wanted, "\(needle) in \(bytes) from \(offset)")
        }
    }

    @Test(arguments: [1, 2, 31, 32, 33, 63, 64, 65, 96, 400])
    func `is found at the first and at the last place, and not behind the end`(count: Int) {
        let needle = Array("Xy".utf8.prefix(count))
        var bytes = [UInt8](repeating: UInt8(ascii: "a"), count: count + needle.count)
        bytes.replaceSubrange(count..., with: needle)
        bytes.withUnsafeBytes { all in
            #expect(Needle(needle).find(in: all) == count)
            let cut = UnsafeRawBufferPointer(rebasing: all[..<(count + needle.count - 1)])
            #expect(Needle(needle).find(in: cut) == nil)
        }
        bytes.replaceSubrange(..<needle.count, with: needle)
        bytes.withUnsafeBytes { #expect(Needle(needle).find(in: $0) == 0) }
    }
}
