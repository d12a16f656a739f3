// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Console
import Correlation
import Evidence
import Storage
import VulnerabilityManagement

extension PatchAccess {
    /// Virtual patches of a data folder. Their files and the evidence log are written on a thread of its own, which waits for
    /// the disk.
    init(_ stores: DataStores) {
        self.init(
            propose: { finding, route, parameter, maker, now in
                try await Self.run(stores) {
                    try $0.propose(finding, route: route, parameter: parameter, maker: maker, now: now)
                }
            },
            act: { act, rule, because, maker, now in
                try await Self.run(stores) { book in
                    switch act {
                    case .apply: try book.apply(rule, because: because, maker: maker, now: now)
                    case .observe: try book.observe(rule, because: because, maker: maker, now: now)
                    case .enforce: try book.enforce(rule, because: because, maker: maker, now: now)
                    case .retire: try book.retire(rule, because: because, maker: maker, now: now)
                    }
                }
            },
            retireResolved: { evenHidden, maker, now in
                try await Self.run(stores) {
                    try $0.retireResolved(evenHidden: evenHidden, maker: maker, now: now)
                }
            }
        )
    }

    /// - Throws: ``FindingActs/Refusal`` for what somebody can do something about.
    private static func run<Output: Sendable>(
        _ stores: DataStores,
        _ body: @escaping @Sendable (VirtualPatchBook) throws -> Output
    ) async throws -> Output {
        let result: Result<Output, any Error> = await withCheckedContinuation { continuation in
            WorkThread.start("patches", .usual) {
                let book = VirtualPatchBook(stores.vulnerabilities, folder: stores.folder + "/virtual-patches") { act in
                    try PatchPlace.record(act, in: stores.evidence)
                }
                continuation.resume(returning: Result { try body(book) })
            }
        }
        do {
            return try result.get()
        } catch let error as CorrelationError where error.code != .file {
            throw FindingActs.Refusal(error.hint.map { "\(error.message); \($0)" } ?? error.message)
        } catch let error as StorageError where error.code == .constraint {
            throw FindingActs.Refusal(error.message)
        }
    }
}
