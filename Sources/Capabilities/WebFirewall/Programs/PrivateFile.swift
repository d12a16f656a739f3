// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Foundation
internal import Glibc

/// A file in a folder of its own that nobody else may look into; both are gone when this object is.
final class PrivateFile {
    let path: String
    private let folder: String

    /// - Throws: ``ChildProcess/Failure`` where it cannot be written.
    init(_ bytes: [UInt8]) throws(ChildProcess.Failure) {
        var template = Array((NSTemporaryDirectory() + "/redoubt-XXXXXX").utf8CString)
        // Made with mode 0700.
        guard mkdtemp(&template) != nil else {
            throw Self.failure("no temporary folder can be made")
        }
        folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        path = folder + "/upload"
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw Self.failure(path)
        }
        defer { close(descriptor) }
        var offset = 0
        while offset < bytes.count {
            let count = bytes[offset...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 || errno == EINTR else {
                throw Self.failure(path)
            }
            offset += max(count, 0)
        }
    }

    deinit {
        unlink(path)
        rmdir(folder)
    }

    private static func failure(_ what: String) -> ChildProcess.Failure {
        ChildProcess.Failure(reason: "\(what): \(String(cString: strerror(errno)))")
    }
}
