// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The names of flags and enumerations that parameters hold.
package struct FlagNames: Sendable {
    /// A name and its value.
    package struct Value: Sendable {
        package let name: StaticBytes
        package let bits: UInt32
    }

    /// The values of each set, in the order in which they are written out.
    package let sets: [[Value]]
    let numbers: [String: Int]

    package static let shared = FlagNames()

    private init() {
        var sets: [[Value]] = []
        var numbers: [String: Int] = [:]
        for words in StaticWords(Self.text) {
            let number = numbers[words[0].text] ?? sets.count
            if number == sets.count {
                numbers[words[0].text] = number
                sets.append([])
            }
            for word in words.dropFirst() {
                guard let equals = word.bytes.lastIndex(of: UInt8(ascii: "=")),
                    let bits = UInt32(StaticBytes(UnsafeBufferPointer(rebasing: word.bytes[(equals + 1)...])).text)
                else {
                    preconditionFailure("the text of flags has a word without a value")
                }
                let name = StaticBytes(UnsafeBufferPointer(rebasing: word.bytes[..<equals]))
                sets[number].append(Value(name: name, bits: bits))
            }
        }
        self.sets = sets
        self.numbers = numbers
    }
}
