// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Foundation
package import Policy

/// The switch that puts all to `observe` with nothing else working: a file in the data folder, there or not there.
///
/// A gateway looks for it each second. It holds who made it and why, so that what they did can be recorded; where it says
/// nothing of that, it counts all the same.
package struct StandDownFile: Sendable {
    package let path: String

    package init(inData folder: String) {
        path = folder + "/stand-down"
    }

    /// Who stood everything down; nil where nobody did.
    ///
    /// - Parameter time: now, in nanoseconds since 1970, for a file that does not say when it was made.
    package func read(time: Int64) -> Authorship? {
        guard FileSystem.exists(path) else { return nil }
        let unsigned = Authorship("unknown", because: "the file \(path) is there", at: time)
        guard let bytes = try? FileSystem.read(path, atMost: 4096),
            let author = try? JSONDecoder().decode(Authorship.self, from: Data(bytes))
        else { return unsigned }
        return author
    }

    package func write(_ author: Authorship) throws(StorageError) {
        try FileSystem.createFolder(FileSystem.folder(of: path))
        try PolicyFile.replace(path, with: PolicyFile.encode(author))
    }

    /// - Returns: whether it was there.
    package func remove() throws(StorageError) -> Bool {
        let isThere = FileSystem.exists(path)
        try FileSystem.remove(path)
        return isThere
    }
}
