// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import Bytes
import DefenseModel
import Integrations
import Storage
import VulnerabilityManagement

/// `redoubt vuln comment-merge-request`.
struct VulnCommentMergeRequest: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "comment-merge-request",
        abstract: "Say on a merge request which findings its branch brings and which it ends.",
        discussion: """
            There is one comment of a project, which is changed by later calls. It has 25 rows at most, and the number of \
            the others.
            """
    )

    @Option(help: "The project.")
    var project: String

    @Option(help: "The branch of the merge request.")
    var branch: String

    @Option(help: "The branch that it is compared with (default: the project's own).")
    var baseline: String?

    @Option(help: "The number of the merge or pull request (default: the open one of the branch).")
    var mergeRequest: Int?

    @Flag(help: "Show the comment in Markdown, and send nothing.")
    var dryRun = false

    @OptionGroup var tickets: TicketOptions
    @OptionGroup var place: FindingStoreOptions
    @OptionGroup var output: FormatOptions

    func run() async throws {
        let delta = try delta()
        if dryRun {
            StandardOutput.write(delta.markdown + "\n")
            return
        }
        let settings = try tickets.settings()
        let client = try tickets.client(settings)
        defer { client.close() }
        do {
            let found: String?
            if let mergeRequest {
                found = "\(mergeRequest)"
            } else {
                found = try await client.mergeRequest(ofBranch: branch)
            }
            guard let number = found else {
                throw CommandFailure.badInput(
                    "\(settings.name) has no open merge request of \(branch)",
                    hint: "name one with --merge-request NUMBER"
                )
            }
            let outcome = try await client.upsertComment(
                delta.text,
                marker: CommentMarker(project: project),
                onMergeRequest: number
            )
            show(delta, number, outcome)
        } catch let error as TicketError {
            throw CommandFailure.tickets(error)
        }
    }

    private func delta() throws -> MergeRequestDelta {
        let store = try place.open(isMade: false)
        do {
            guard let found = try store.project(project) else {
                throw CommandFailure.badInput("there is no project \(project)")
            }
            let baseline = baseline ?? found.branch
            guard baseline != branch else {
                throw CommandFailure.badInput(
                    "\(branch) cannot be compared with itself",
                    hint: "name another --baseline"
                )
            }
            let most = TicketTemplate.mostRows
            let compared = try store.compare(found, branch: branch, baseline: baseline, most: most)
            for tool in compared.missingTools {
                StandardError.write(
                    "redoubt: \(tool) scanned \(baseline) and not \(branch): its findings are left out\n"
                )
            }
            var delta = MergeRequestDelta(project: project, branch: branch, baseline: baseline)
            delta.newCount = compared.newCount
            delta.fixedCount = compared.fixedCount
            delta.new = try Self.subjects(compared.new, store)
            delta.fixed = try Self.subjects(compared.fixed, store)
            try store.close()
            return delta
        } catch let error as StorageError {
            throw CommandFailure.couldNotRun("the findings cannot be read: \(error)")
        }
    }

    private static func subjects(_ rows: [FindingRow], _ store: VulnerabilityStore) throws -> [TicketSubject] {
        try rows.compactMap { try store.detailed($0.identifier.description).map { TicketSubject($0) } }
    }

    private func show(_ delta: MergeRequestDelta, _ number: String, _ outcome: CommentOutcome) {
        guard output.format != .text else {
            StandardOutput.write(
                "merge request \(number): comment \(outcome.rawValue): \(delta.newCount) new, \(delta.fixedCount) fixed\n"
            )
            return
        }
        var json = JSONWriter()
        json.beginObject()
        json.key("merge_request")
        json.string(number)
        json.key("comment")
        json.string(outcome.rawValue)
        json.key("new")
        json.number(delta.newCount)
        json.key("fixed")
        json.number(delta.fixedCount)
        json.endObject()
        json.endLine()
        StandardOutput.write(json.bytes)
    }
}
