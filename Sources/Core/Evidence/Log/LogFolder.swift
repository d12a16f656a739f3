// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The names in the folder of a log.
///
/// | name | content |
/// | --- | --- |
/// | `key` | the private key, for the owner alone |
/// | `key.pub` | the public key |
/// | `lock` | empty; locked by the process that writes |
/// | `leaves/<first leaf, 20 digits>` | records of leaves |
/// | `hashes/<level>` | hashes of leaves, and of complete subtrees of 256, 65,536 ... leaves, 32 bytes each |
/// | `checkpoints` | every signed checkpoint, oldest first, a blank line behind each |
/// | `witnessed` | the newest checkpoint that the witness has taken |
/// | `torn` | bytes that the last recovery cut off |
package struct LogFolder: Sendable, Hashable {
    package let path: String

    package init(_ path: String) {
        self.path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    }

    var privateKey: String { path + "/key" }
    var publicKey: String { path + "/key.pub" }
    var lock: String { path + "/lock" }
    var leaves: String { path + "/leaves" }
    var hashes: String { path + "/hashes" }
    var checkpoints: String { path + "/checkpoints" }
    var witnessed: String { path + "/witnessed" }
    var torn: String { path + "/torn" }

    func segment(from index: Int) -> String {
        let digits = String(index)
        return "\(leaves)/\(String(repeating: "0", count: max(0, 20 - digits.utf8.count)))\(digits)"
    }

    /// The files of leaves, in order.
    ///
    /// - Throws: ``EvidenceError/Code/damaged`` where a file does not belong there.
    func segments() throws(EvidenceError) -> [LeafSegment] {
        var segments: [LeafSegment] = []
        for name in try StorageFolder.names(in: leaves) {
            guard name.utf8.count == 20, name.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let first = Int(name)
            else { throw EvidenceError(.damaged, "no file of leaves has such a name", file: "\(leaves)/\(name)") }
            segments.append(LeafSegment(path: "\(leaves)/\(name)", firstIndex: first))
        }
        return segments
    }

    /// The log's public key as the folder has it, which proves nothing against who can write there.
    func readPublicKey() throws(EvidenceError) -> NoteKey {
        let bytes = try StorageFile(publicKey, .reading).readAll(limit: 4096)
        do throws(EvidenceError) {
            return try NoteKey(String(decoding: bytes.prefix { $0 != 0x0A }, as: UTF8.self))
        } catch {
            throw EvidenceError(error.code, error.message, file: publicKey)
        }
    }
}

/// A file of leaves, and the number of its first one.
struct LeafSegment: Hashable, Sendable {
    let path: String
    let firstIndex: Int
}
