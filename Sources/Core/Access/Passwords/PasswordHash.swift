// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Crypto
internal import CryptoExtras
internal import Foundation

/// What is kept of a password: an scrypt hash with its salt and parameters, as
/// `$scrypt$ln=15,r=8,p=3$<salt>$<hash>` (the PHC string format, with base64 without padding).
struct PasswordHash: Sendable, Hashable, CustomStringConvertible {
    let cost: PasswordCost
    let salt: [UInt8]
    let hash: [UInt8]

    static let saltBytes = 16
    static let hashBytes = 32

    /// Hashes a password, which takes as long as the cost says.
    init(_ password: String, cost: PasswordCost, salt: [UInt8]) throws(AccessError) {
        self.cost = cost
        self.salt = salt
        hash = try Self.derive(password, cost, salt)
    }

    /// A hash of which nobody knows the password, if there is one.
    init(ofNobody random: RandomBytes, cost: PasswordCost) {
        self.cost = cost
        salt = random(Self.saltBytes)
        hash = random(Self.hashBytes)
    }

    /// Reads what ``description`` writes.
    ///
    /// - Returns: nil for anything else, also for parameters beyond the bounds of ``PasswordCost``.
    init?(_ text: String) {
        let parts = text.split(separator: "$", omittingEmptySubsequences: false)
        guard text.utf8.count <= 256, parts.count == 5, parts[0].isEmpty, parts[1] == "scrypt",
            let cost = Self.cost(parts[2]), let salt = Self.decode(parts[3]), salt.count == Self.saltBytes,
            let hash = Self.decode(parts[4]), hash.count == Self.hashBytes
        else { return nil }
        self.cost = cost
        self.salt = salt
        self.hash = hash
    }

    var description: String {
        let parameters = "ln=\(cost.logarithm),r=\(cost.blockSize),p=\(cost.repetitions)"
        return "$scrypt$\(parameters)$\(Self.encode(salt))$\(Self.encode(hash))"
    }

    /// Whether it is the hash of a password; takes as long whether it is or not.
    func matches(_ password: String) throws(AccessError) -> Bool {
        ConstantTime.isEqual(try Self.derive(password, cost, salt), hash)
    }

    private static func derive(
        _ password: String,
        _ cost: PasswordCost,
        _ salt: [UInt8]
    ) throws(AccessError) -> [UInt8] {
        do {
            let key = try KDF.Scrypt.deriveKey(
                from: Array(PasswordPolicy.normalized(password).utf8),
                salt: salt,
                outputByteCount: hashBytes,
                rounds: 1 << cost.logarithm,
                blockSize: cost.blockSize,
                parallelism: cost.repetitions
            )
            return key.withUnsafeBytes { Array($0) }
        } catch {
            throw AccessError(.busy, "the password could not be hashed: \(error)")
        }
    }

    private static func cost(_ text: Substring) -> PasswordCost? {
        let fields = text.split(separator: ",", omittingEmptySubsequences: false)
        guard fields.count == 3, let logarithm = number(fields[0], "ln="), let blockSize = number(fields[1], "r="),
            let repetitions = number(fields[2], "p=")
        else { return nil }
        return PasswordCost(logarithm: logarithm, blockSize: blockSize, repetitions: repetitions)
    }

    private static func number(_ text: Substring, _ name: String) -> Int? {
        guard text.hasPrefix(name), text.utf8.count <= name.utf8.count + 3 else { return nil }
        return Int(text.dropFirst(name.count))
    }

    private static func encode(_ bytes: [UInt8]) -> String {
        Data(bytes).base64EncodedString().replacing("=", with: "")
    }

    private static func decode(_ text: Substring) -> [UInt8]? {
        let padding = String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
        guard let data = Data(base64Encoded: text + padding), encode(Array(data)) == text else { return nil }
        return Array(data)
    }
}
