// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// Finds bytes in bytes, in time linear in both, whoever chose them.
///
/// The search starts as a simple one, `memchr` for the first byte and a comparison. When the comparisons cost more
/// than a few passes over the haystack, it goes on as Knuth, Morris and Pratt's, which needs a table.
enum SubstringSearch {
    typealias Bytes = UnsafeBufferPointer<UInt8>

    /// The offset of the first occurrence that is accepted; an empty needle occurs at 0.
    static func firstOffset(
        of needle: Bytes,
        in haystack: Bytes,
        where isAccepted: (Int) -> Bool = { _ in true }
    ) -> Int? {
        guard let first = needle.first else {
            return isAccepted(0) ? 0 : nil
        }
        guard let base = haystack.baseAddress, needle.count <= haystack.count else {
            return nil
        }
        var budget = 4 * haystack.count + 64
        var offset = 0
        let lastOffset = haystack.count - needle.count
        while offset <= lastOffset {
            guard let hit = memchr(base + offset, CInt(first), lastOffset - offset + 1) else {
                return nil
            }
            offset = UnsafeRawPointer(hit) - UnsafeRawPointer(base)
            let matched = commonPrefix(needle, haystack, at: offset)
            if matched == needle.count, isAccepted(offset) {
                return offset
            }
            offset += 1
            budget -= matched
            if budget < 0 {
                return firstOffsetByTable(of: needle, in: haystack, from: offset, where: isAccepted)
            }
        }
        return nil
    }

    private static func commonPrefix(_ needle: Bytes, _ haystack: Bytes, at offset: Int) -> Int {
        var length = 1
        while length < needle.count, needle[length] == haystack[offset + length] {
            length += 1
        }
        return length
    }

    private static func firstOffsetByTable(
        of needle: Bytes,
        in haystack: Bytes,
        from start: Int,
        where isAccepted: (Int) -> Bool
    ) -> Int? {
        let borders = borders(of: needle)
        var matched = 0
        for index in start..<haystack.count {
            while matched > 0, matched == needle.count || needle[matched] != haystack[index] {
                matched = borders[matched - 1]
            }
            if needle[matched] == haystack[index] {
                matched += 1
            }
            if matched == needle.count, isAccepted(index + 1 - matched) {
                return index + 1 - matched
            }
        }
        return nil
    }

    /// For each prefix of the needle the length of its longest proper prefix that is also its suffix.
    private static func borders(of needle: Bytes) -> [Int] {
        var borders = [Int](repeating: 0, count: needle.count)
        var length = 0
        for index in 1..<max(needle.count, 1) {
            while length > 0, needle[index] != needle[length] {
                length = borders[length - 1]
            }
            if needle[index] == needle[length] {
                length += 1
            }
            borders[index] = length
        }
        return borders
    }
}
