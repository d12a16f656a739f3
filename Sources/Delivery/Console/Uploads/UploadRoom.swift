// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import HTTPTypes
package import Storage

/// How much of the disk reports may take: the evidence log, the findings and the events need it too.
package struct UploadRoom: Sendable {
    /// Looks how full the disk of a folder is; nil where that cannot be told, which counts as room: writing tells then.
    private let look: @Sendable (_ folder: String) -> DiskSpace?

    /// The most bytes that are left free for others.
    static let mostReserved = 1 << 30
    /// Of all that the disk holds, what is left free for others: one in so many.
    static let reservedShare = 20

    package init(look: @escaping @Sendable (_ folder: String) -> DiskSpace? = UploadRoom.disk) {
        self.look = look
    }

    package static func disk(ofFolder folder: String) -> DiskSpace? {
        do throws(StorageError) {
            return try DiskSpace(ofFolder: folder)
        } catch {
            return nil
        }
    }

    /// Asks whether so many bytes more have room.
    ///
    /// - Throws: ``Problem`` with 507 where they have not.
    func check(_ folder: String, for bytes: Int) throws(Problem) {
        guard let space = look(folder) else { return }
        let free = max(0, space.available - min(space.total / Self.reservedShare, Self.mostReserved))
        guard bytes > free else { return }
        throw Self.full(Count.bytes(free))
    }

    /// Where no room is left.
    ///
    /// - Parameter free: how much there is beside what is kept for others, for people.
    static func full(_ free: String) -> Problem {
        var problem = Problem(
            HTTPResponse.Status(code: 507, reasonPhrase: "Insufficient Storage"),
            "no_space",
            "the server's disk has no room for this report: \(free) are free for reports. Nothing was taken in; make room "
                + "on it and send the report again"
        )
        problem.retryAfterSeconds = 300
        return problem
    }
}
