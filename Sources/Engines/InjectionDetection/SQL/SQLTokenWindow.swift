// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The few tokens that folding works on, in memory that the caller lends.
///
/// A token's value is a piece of the input or, where folding joined two words, a text kept in the window.
struct SQLTokenWindow {
    /// Five tokens make a fingerprint, a sixth helps to judge the fifth.
    static let capacity = 6
    /// The most tokens of a fingerprint.
    static let longestFingerprint = 5

    private let input: UnsafeBufferPointer<UInt8>
    private let tokens: UnsafeMutablePointer<SQLToken>
    /// Room for one joined value per token.
    private let texts: UnsafeMutablePointer<UInt8>

    private static let textStride = SQLToken.longestValue + 1

    /// Calls `body` with an empty window on the stack.
    static func with<Result>(_ input: UnsafeBufferPointer<UInt8>, _ body: (inout SQLTokenWindow) -> Result) -> Result {
        withUnsafeTemporaryAllocation(of: SQLToken.self, capacity: capacity) { tokens in
            withUnsafeTemporaryAllocation(of: UInt8.self, capacity: capacity * textStride) { texts in
                tokens.initialize(repeating: SQLToken())
                guard let tokens = tokens.baseAddress, let texts = texts.baseAddress else {
                    preconditionFailure("a temporary allocation of fixed size has an address")
                }
                var window = SQLTokenWindow(input: input, tokens: tokens, texts: texts)
                return body(&window)
            }
        }
    }

    subscript(index: Int) -> SQLToken {
        @inline(__always) get {
            assert(0..<Self.capacity ~= index)
            return tokens[index]
        }
        @inline(__always) nonmutating set {
            assert(0..<Self.capacity ~= index)
            tokens[index] = newValue
        }
    }

    /// The type of a token.
    @inline(__always)
    func type(_ index: Int) -> SQLTokenType {
        self[index].type
    }

    /// Gives a token another type.
    func setType(_ type: SQLTokenType, at index: Int) {
        self[index].type = type
    }

    /// The value of a token.
    @inline(__always)
    func value(_ index: Int) -> UnsafeBufferPointer<UInt8> {
        let token = self[index]
        let start = token.isJoined ? UnsafePointer(text(index)) : input.baseAddress.map { $0 + token.start }
        return UnsafeBufferPointer(start: start, count: Int(token.length))
    }

    /// The first byte of a token's value, 0 where it is empty.
    func firstByte(_ index: Int) -> UInt8 {
        let value = value(index)
        return value.isEmpty ? 0 : value[0]
    }

    /// Whether a token's value spells an upper-case word, in any case.
    @inline(__always)
    func value(_ index: Int, isWord word: StaticString) -> Bool {
        let value = value(index)
        return value.count == word.utf8CodeUnitCount && self.value(index, beginsWith: word)
    }

    /// Whether a token's value begins with an upper-case word, in any case.
    func value(_ index: Int, beginsWith word: StaticString) -> Bool {
        let value = value(index)
        guard value.count >= word.utf8CodeUnitCount else { return false }
        for offset in 0..<word.utf8CodeUnitCount where word.utf8Start[offset] != value[offset].asciiUppercased {
            return false
        }
        return true
    }

    /// Copies a token over another one.
    func copy(from source: Int, to target: Int) {
        if self[source].isJoined {
            text(target).update(from: text(source), count: Self.textStride)
        }
        self[target] = self[source]
    }

    /// Joins a token and the next one to a phrase, where the table knows their words with a space between.
    func joinPhrase(at index: Int, keywords: SQLKeywords) -> Bool {
        let first = value(index)
        let second = value(index + 1)
        let length = first.count + 1 + second.count
        guard length <= SQLToken.longestValue else { return false }
        let text = text(index)
        // The first word may be a joined one and lie here already.
        if !self[index].isJoined, let start = first.baseAddress {
            text.update(from: start, count: first.count)
        }
        text[first.count] = UInt8(ascii: " ")
        if let start = second.baseAddress {
            (text + first.count + 1).update(from: start, count: second.count)
        }
        let entry = keywords.entry(text, count: length)
        guard entry.type != .none else { return false }
        self[index].type = entry.type
        self[index].length = UInt8(truncatingIfNeeded: length)
        self[index].beginsPhrase = entry.beginsPhrase
        self[index].isJoined = true
        return true
    }

    private func text(_ index: Int) -> UnsafeMutablePointer<UInt8> {
        texts + index * Self.textStride
    }
}
