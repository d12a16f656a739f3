// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Bytes
import Foundation

/// Asks for a job and waits for it, with a bar on a terminal.
struct JobFollower {
    let api: APIConnection

    /// - Parameters:
    ///   - path: what the job is asked for at.
    ///   - members: of what is asked; nil values are left out.
    /// - Returns: the job, when it is done.
    /// - Throws: ``CommandFailure`` where it failed or was cancelled.
    func run(_ path: String, _ members: [(String, JSONValue?)]) async throws -> JSONValue {
        var job = try await api.send("POST", path, members)
        let address = "/jobs/\(job.text(at: "id"))"
        var line = ProgressLine()
        var pause = Duration.milliseconds(20)
        while ["waiting", "running"].contains(job.text(at: "state")) {
            try await Task.sleep(for: pause)
            pause = min(pause * 2, .milliseconds(500))
            job = try await api.get(address)
            let shown = job
            line.show(Self.bar(shown))
        }
        line.clear()
        switch job.text(at: "state") {
        case "done": return job
        case "cancelled": throw CommandFailure.couldNotRun("the job was cancelled")
        default: throw CommandFailure.couldNotRun(job.text(at: "failure").shownLines)
        }
    }

    /// `[#########..........]  45%`
    private static func bar(_ job: JSONValue) -> String {
        guard job.text(at: "state") == "running" else { return "waits for its turn" }
        let share = job["progress"]?.double ?? 0
        let filled = Int(share * 30)
        return
            "[\(String(repeating: "#", count: filled))\(String(repeating: ".", count: 30 - filled))] \(Int(share * 100))%"
    }
}

extension String {
    /// Like ``shownInTerminal``, with its line ends.
    var shownLines: String {
        split(separator: "\n", omittingEmptySubsequences: false).map { String($0).shownInTerminal }
            .joined(separator: "\n")
    }
}
