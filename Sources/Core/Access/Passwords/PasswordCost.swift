// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// What one guess at a password costs: the parameters of scrypt (RFC 7914 section 2).
package struct PasswordCost: Sendable, Hashable {
    /// The logarithm to the base 2 of the number of blocks (N).
    package let logarithm: Int
    /// In units of 128 bytes (r).
    package let blockSize: Int
    /// How often it is done (p).
    package let repetitions: Int

    /// What new passwords get: 32 MiB, three times over. OWASP's Password Storage Cheat Sheet lists it as equal to
    /// 128 MiB once; the smaller one keeps many logins at once from filling the memory.
    package static let standard = PasswordCost(known: 15, 8, 3)

    /// Bounds what a changed database can make a login cost.
    static let maximumMemory = 256 << 20
    static let maximumRepetitions = 16

    /// - Returns: nil for what scrypt does not know, or would take more than 256 MiB or 16 repetitions.
    package init?(logarithm: Int, blockSize: Int, repetitions: Int) {
        guard (1...24).contains(logarithm), (1...64).contains(blockSize),
            (1...Self.maximumRepetitions).contains(repetitions), 128 * blockSize << logarithm <= Self.maximumMemory
        else { return nil }
        self.init(known: logarithm, blockSize, repetitions)
    }

    private init(known logarithm: Int, _ blockSize: Int, _ repetitions: Int) {
        self.logarithm = logarithm
        self.blockSize = blockSize
        self.repetitions = repetitions
    }

    /// The bytes of memory that one guess takes.
    var memory: Int { 128 * blockSize << logarithm }

    /// Whether a guess takes less memory or less work than with another cost.
    func isWeaker(than other: PasswordCost) -> Bool {
        memory < other.memory || memory * repetitions < other.memory * other.repetitions
    }
}
