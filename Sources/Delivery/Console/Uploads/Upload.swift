// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Foundation
internal import Glibc
internal import HTTPTypes

/// A report as it was handed in: a file of its own that goes away with this, and what was said beside it.
final class Upload: Sendable {
    /// Where the unpacked bytes are.
    let path: String
    /// The name that the client gave it; a label and never a path.
    let name: String?
    let size: Int
    /// The fields of a form.
    let fields: [(String, String)]
    /// SHA-256 of what was sent.
    let digest: [UInt8]
    /// Kept till the report is taken in.
    private let place: UploadPlace?

    init(
        path: String,
        name: String?,
        size: Int,
        fields: [(String, String)],
        digest: [UInt8],
        place: UploadPlace? = nil
    ) {
        self.place = place
        self.path = path
        self.name = name
        self.size = size
        self.fields = fields
        self.digest = digest
    }

    deinit { unlink(path) }
}

/// A file that is written while a report comes in.
final class UploadFile {
    let path: String
    private let descriptor: Int32
    private(set) var size = 0
    private var isKept = false
    private let folder: String
    private let room: UploadRoom
    /// The size at which the disk is looked at again.
    private var nextLook = UploadFile.lookEvery

    /// The disk is looked at whenever so many bytes more are written.
    private static let lookEvery = 4 << 20

    /// - Parameters:
    ///   - folder: made where there is none; for the owner alone, since reports tell where to attack.
    ///   - bytes: as many as are known to come.
    /// - Throws: ``Problem`` where the disk does not take it.
    init(in folder: String, _ room: UploadRoom, for bytes: Int) throws(Problem) {
        self.folder = folder
        self.room = room
        mkdir(folder, 0o700)
        try room.check(folder, for: max(1, bytes))
        let path = "\(folder)/report-\(UUID().uuidString)"
        descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        self.path = path
        guard descriptor >= 0 else { throw Self.failure("a report cannot be kept") }
    }

    deinit {
        close(descriptor)
        if !isKept { unlink(path) }
    }

    func write(_ bytes: ArraySlice<UInt8>) throws(Problem) {
        var rest = bytes
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count >= 0 || errno == EINTR else { throw Self.failure("a report cannot be kept") }
            if count > 0 { rest = rest.dropFirst(count) }
        }
        size += bytes.count
        guard size >= nextLook else { return }
        nextLook = size + Self.lookEvery
        try room.check(folder, for: 1)
    }

    /// Hands the file over.
    func keep() { isKept = true }

    /// The fault's cause is in the log by its number alone: paths are nobody's business.
    private static func failure(_ what: String) -> Problem {
        if errno == ENOSPC || errno == EDQUOT { return UploadRoom.full("0 bytes") }
        var problem = Problem(.serviceUnavailable, "storage", "\(what): \(String(cString: strerror(errno)))")
        problem.retryAfterSeconds = 30
        return problem
    }

    /// Removes what a process that was killed has left.
    static func clean(_ folder: String) {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        where name.hasPrefix("report-") { unlink("\(folder)/\(name)") }
    }
}
