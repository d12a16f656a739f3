// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Dispatch
internal import Synchronization

/// Takes a report in on threads on which unpacking and writing to a disk keep nobody waiting.
final class UploadLane: Sendable {
    private let receiver: Mutex<UploadReceiver>
    private static let queue = DispatchQueue(label: "uploads", qos: .utility, attributes: .concurrent)

    /// So much is gathered before it is handed to a thread.
    static let piece = 256 << 10

    init(_ receiver: sending UploadReceiver) {
        self.receiver = Mutex(receiver)
    }

    func feed(_ bytes: [UInt8]) async throws {
        try await StoreThread.run(on: Self.queue) { [self] in try receiver.withLock { try $0.feed(bytes) } }
    }

    /// - Throws: ``Problem`` where it breaks off, or holds no report.
    func finish(_ place: UploadPlace?) async throws -> Upload {
        try await StoreThread.run(on: Self.queue) { [self] in try receiver.withLock { try $0.finish(place) } }
    }
}

/// A place among the reports that are taken in at a time. It is given back when nobody has it any more.
final class UploadPlace: Sendable {
    private let counts: BoundedCounts
    private let name: String

    private init(_ counts: BoundedCounts, _ name: String) {
        self.counts = counts
        self.name = name
    }

    /// - Parameter name: whose reports are counted together: a token, or a person.
    /// - Throws: ``Problem`` with 429 where there is none.
    static func enter(_ counts: BoundedCounts, for name: String) throws(Problem) -> UploadPlace {
        guard counts.enter(name) else {
            throw Problem.busy(
                "\(counts.each) reports of \(name) are being taken in, or \(counts.all) of all; nothing of this one was read",
                seconds: 10
            )
        }
        return UploadPlace(counts, name)
    }

    deinit { counts.leave(name) }
}
