// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// A few upper-case words that other names may begin with.
struct PrefixList: Sendable {
    private let words: StaticText
    /// One bit for the low five bits of each word's first byte; most names end there.
    private let firstBytes: UInt32

    /// - Parameter text: the words, separated by white space.
    init(_ text: StaticString) {
        words = StaticText(text)
        var firstBytes: UInt32 = 0
        words.forEachWord { word, _ in
            firstBytes |= 1 << UInt32(word[0] & 0x1f)
        }
        self.firstBytes = firstBytes
    }

    /// Whether a name of any case begins with one of the words.
    @inline(__always)
    func hasPrefix(of name: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let first = name.first, firstBytes >> UInt32(first & 0x1f) & 1 != 0 else { return false }
        return hasPrefixAmongWords(of: name)
    }

    private func hasPrefixAmongWords(of name: UnsafeBufferPointer<UInt8>) -> Bool {
        var isFound = false
        words.forEachWord { word, _ in
            isFound = isFound || (word.count <= name.count && isEqual(word, name))
        }
        return isFound
    }

    private func isEqual(_ word: UnsafeBufferPointer<UInt8>, _ name: UnsafeBufferPointer<UInt8>) -> Bool {
        for index in word.indices where word[index] != name[index].asciiUppercased {
            return false
        }
        return true
    }
}
