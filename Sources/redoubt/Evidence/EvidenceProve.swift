// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import Bytes
import Evidence

/// `redoubt evidence prove`: a proof of one leaf.
struct EvidenceProve: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prove",
        abstract: "Write a proof that a leaf is in the log, which stands on its own.",
        discussion: """
            The proof has the format C2SP tlog-proof; its extra data is the leaf. Check it with \
            "redoubt evidence verify --from FILE --key KEY". With --format json the same is written as JSON.
            """
    )

    @Argument(help: "The leaf's number, from 0.")
    var index: Int

    @OptionGroup var options: EvidenceFolderOptions
    @OptionGroup var output: FormatOptions

    func run() throws {
        let proof = try withEvidenceErrors { try EvidenceArchive(options.folder).prove(index) }
        switch output.format {
        case .text: StandardOutput.write(proof.bytes)
        case .json, .ndjson: StandardOutput.write(json(proof))
        }
    }

    private func json(_ proof: EvidenceProof) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.key("index")
        json.number(proof.index)
        json.key("leaf")
        json.string(proof.leafBase64)
        json.key("hash")
        json.string(MerkleHash(leaf: proof.leaf).base64)
        json.key("proof")
        json.strings(proof.hashes.map(\.base64))
        json.key("checkpoint")
        json.string(proof.checkpoint.bytes)
        json.endObject()
        json.endLine()
        return json.bytes
    }
}
