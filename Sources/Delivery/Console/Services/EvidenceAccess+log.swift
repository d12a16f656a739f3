// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Dispatch
package import Evidence

extension EvidenceAccess {
    /// - Parameters:
    ///   - log: that decisions are written to.
    ///   - folder: where it lies.
    package init(_ log: EvidenceLog, _ folder: LogFolder) {
        let key = log.key
        self.init(
            checkpoint: { try await log.checkpoint() },
            key: { key },
            prove: { index in try await Self.run { try EvidenceArchive(folder).prove(index) } },
            verify: { try await Self.run { try EvidenceVerifier.verify(folder, key: key) } },
            newest: { count in
                let size = try await log.checkpoint().checkpoint.size
                return try await Self.run { try Self.newest(count, of: size, folder) }
            },
            export: { try await Self.run { try Self.export(folder) } },
            witness: { log.witnessStatistics }
        )
    }

    private static func newest(
        _ count: Int,
        of size: Int,
        _ folder: LogFolder
    ) throws -> [(index: Int, leaf: EvidenceLeaf)] {
        let archive = try EvidenceArchive(folder)
        return try (max(0, size - count)..<size).reversed().map { index in
            (index, try EvidenceLeaf(bytes: archive.prove(index).leaf))
        }
    }

    private static func export(_ folder: LogFolder) throws -> [UInt8] {
        let archive = try EvidenceArchive(folder)
        var bytes: [UInt8] = []
        try EvidenceBundle.export(archive, range: 0..<archive.count) { piece throws(EvidenceError) in
            guard bytes.count + piece.count <= maximumExport else {
                throw EvidenceError(.tooLarge, "the log is too large for a browser; use redoubt evidence export")
            }
            bytes += piece
        }
        return bytes
    }

    /// What one answer may hold.
    private static let maximumExport = 64 << 20

    /// Reads files on a thread where waiting does no harm.
    private static func run<Output: Sendable>(_ body: @escaping @Sendable () throws -> Output) async throws -> Output {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(with: Result(catching: body)) }
        }
    }
}
