// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Crypto
import Foundation

/// What an archive of a rule set must agree with before anything of it is used.
package struct ArchiveVerification: Sendable {
    /// The key that the Core Rule Set's releases are signed with (https://coreruleset.org/security.asc).
    package static let releaseKey = "36006F0E0BA167832158821138EEACA1AB8A6E72"

    /// The expected SHA-256 in hexadecimal; nil to look for a `.sha256` file beside the archive.
    package var sha256: String?
    /// The detached signature; nil to look for an `.asc` file beside the archive.
    package var signature: String?
    /// The fingerprint of the key that must have signed.
    package var key: String
    /// Whether an archive without checksum and signature is taken.
    package var allowsUnverified: Bool

    package init(
        sha256: String? = nil,
        signature: String? = nil,
        key: String = ArchiveVerification.releaseKey,
        allowsUnverified: Bool = true
    ) {
        self.sha256 = sha256
        self.signature = signature
        self.key = key.filter { !$0.isWhitespace }.uppercased()
        self.allowsUnverified = allowsUnverified
    }

    /// Checks an archive.
    ///
    /// - Returns: what was checked and what could not be, one line each.
    /// - Throws: ``RuleSetStoreError`` where something disagrees.
    func verify(_ archive: String) throws(RuleSetStoreError) -> [String] {
        let digest = try Self.digest(of: archive)
        var checks: [String] = []
        var isVerified = false
        if let expected = try expectedDigest(beside: archive) {
            guard expected == digest else {
                throw RuleSetStoreError(
                    .verificationFailed,
                    "the SHA-256 of the archive is \(digest), expected was \(expected)",
                    hint: "the file is damaged or not the one that was published: download it again"
                )
            }
            checks.append("sha256 \(digest): agrees")
            isVerified = true
        } else {
            checks.append("sha256 \(digest): nothing to compare it with")
        }
        let (line, isSigned) = try verifySignature(of: archive)
        checks.append(line)
        guard isVerified || isSigned || allowsUnverified else {
            throw RuleSetStoreError(
                .verificationFailed,
                "the archive could not be verified: \(line)",
                hint: "give its checksum with --sha256 HEX, or import the signing key with "
                    + "\"gpg --fetch-key https://coreruleset.org/security.asc\""
            )
        }
        return checks
    }

    private static func digest(of archive: String) throws(RuleSetStoreError) -> String {
        guard let handle = FileHandle(forReadingAtPath: archive) else {
            throw RuleSetStoreError(.badArchive, "\(archive) cannot be read")
        }
        defer { try? handle.close() }
        var hash = SHA256()
        do {
            while let data = try handle.read(upToCount: 1 << 20), !data.isEmpty {
                hash.update(data: data)
            }
        } catch {
            throw RuleSetStoreError(.badArchive, "\(archive) cannot be read: \(error)")
        }
        return hash.finalize().map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }

    private func expectedDigest(beside archive: String) throws(RuleSetStoreError) -> String? {
        let text: String
        if let sha256 {
            text = sha256
        } else if let data = FileManager.default.contents(atPath: archive + ".sha256") {
            text = String(decoding: data.prefix(4_096), as: UTF8.self)
        } else {
            return nil
        }
        // `sha256sum` writes the digest, two spaces and the file's name.
        let digest = text.split { $0.isWhitespace }.first.map { $0.lowercased() } ?? ""
        guard digest.utf8.count == 64, digest.utf8.allSatisfy({ Character(UnicodeScalar($0)).isHexDigit }) else {
            throw RuleSetStoreError(.verificationFailed, "the expected checksum is no SHA-256 (64 hexadecimal digits)")
        }
        return digest
    }

    /// Checks the detached signature, where there is one and `gpg` is installed.
    private func verifySignature(of archive: String) throws(RuleSetStoreError) -> (line: String, isSigned: Bool) {
        let file = signature ?? archive + ".asc"
        guard FileManager.default.isReadableFile(atPath: file) else {
            guard signature == nil else {
                throw RuleSetStoreError(.verificationFailed, "\(file) cannot be read")
            }
            return ("signature: there is none", false)
        }
        guard SystemTool.path(of: "gpg") != nil else {
            return ("signature: not checked, gpg is not installed", false)
        }
        let result = try SystemTool.run(
            "gpg",
            ["--batch", "--no-tty", "--status-fd", "1", "--verify", file, archive],
            outputLimit: 1 << 20
        )
        let status = String(decoding: result.output, as: UTF8.self).split(separator: "\n")
        let valid = status.compactMap { line -> Substring? in
            let words = line.split(separator: " ")
            // The last word of VALIDSIG is the primary key, which a subkey may have signed for.
            return words.count > 2 && words[0] == "[GNUPG:]" && words[1] == "VALIDSIG" ? words.last : nil
        }
        if valid.contains(where: { $0.uppercased() == key }) {
            return ("signature: good, by key \(key)", true)
        }
        if status.contains(where: { $0.contains(" NO_PUBKEY ") }) {
            return (
                "signature: not checked, import the key with: gpg --fetch-key https://coreruleset.org/security.asc",
                false
            )
        }
        let signer = valid.first.map { "made by another key, \($0)" } ?? "not good"
        throw RuleSetStoreError(.verificationFailed, "the signature is \(signer)", hint: result.errorText)
    }
}
