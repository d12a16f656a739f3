// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import ArgumentParser
import Bytes

/// `redoubt exceptions suggest`: the fewest exceptions that let people at work pass.
struct ExceptionsSuggest: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "suggest",
        abstract: "Find the fewest exceptions that let those pass that look like people at work.",
        discussion: """
            Replays the transactions that were kept whole, with the rules of the server; where none runs, with those that a \
            gateway with the same configuration would load. Tells what else would pass, too. --defaults looks for what \
            applications take and rules refuse by a list, such as content types.
            """
    )

    @Argument(help: "The scope: waf, waf/app:shop.")
    var scope = "waf"

    @Option(help: "Only transactions in which this rule matched should pass.")
    var rule: String?

    @Option(help: "A transaction that should pass, in place of those that look benign; may be repeated.")
    var transaction: [String] = []

    @Option(help: "How far back: 24h, 7d.")
    var since = "7d"

    @Flag(help: "Look for content types, methods and the like that are usual here and refused by a list.")
    var defaults = false

    @Flag(help: "Take what is proposed, as one recorded decision; takes --because.")
    var take = false

    @Option(help: "Why it is taken, for those who ask later.")
    var because: String?

    @Option(help: "Who answers for the exceptions (default: you).")
    var owner: String?

    @Option(help: "When they end: 30d, or a time such as 2027-01-31T12:00:00Z.")
    var expires: String?

    @OptionGroup var server: ServerOptions
    @OptionGroup var output: FormatOptions

    func validate() throws {
        guard !take || because != nil else { throw ValidationError("--take needs --because TEXT") }
        guard !defaults || (rule == nil && transaction.isEmpty) else {
            throw ValidationError(
                "--defaults looks at all transactions of the scope: leave --rule and --transaction out"
            )
        }
    }

    func run() async throws {
        try await server.withAPI { api in
            let picked = transaction.isEmpty ? nil : JSONValue.array(transaction.map { JSONValue($0) })
            var members: [(String, JSONValue?)] = [("scope", JSONValue(scope)), ("since", JSONValue(since))]
            if !defaults { members += [("rule", rule.map { JSONValue($0) }), ("transactions", picked)] }
            let path = defaults ? "/exceptions/defaults" : "/exceptions/suggestions"
            let job = try await JobFollower(api: api).run(path, members)
            let found = job[defaults ? "defaults" : "exceptions"] ?? .null
            if output.format != .text {
                StandardOutput.write(found.line)
            } else {
                StandardOutput.write(defaults ? ProposalText.defaults(found) : ProposalText.exceptions(found))
            }
            let count = defaults ? found.elements?.count : found["exceptions"]?.elements?.count
            guard take, let count, count > 0 else { return }
            let change = try await api.send(
                "POST",
                "/jobs/\(job.text(at: "id"))/take",
                [
                    ("reason", because.map { JSONValue($0) }), ("owner", owner.map { JSONValue($0) }),
                    ("expires", expires.map { JSONValue($0) }),
                ]
            )
            ChangeOutput.write(change, output.format)
        }
    }
}

/// Proposals in words for a terminal.
enum ProposalText {
    static func exceptions(_ found: JSONValue) -> String {
        let drafts = found["exceptions"]?.elements ?? []
        var text =
            "\(found.text(at: "looked")) kept transactions, \(found.text(at: "ended")) of them stopped or would be; "
            + "\(found.text(at: "wanted")) should pass and would be stopped today\n"
        for (member, words) in [
            ("still_stopped", "of those would still be stopped: no exception helps"),
            ("skipped", "were too many to look at"), ("without_rules", "are of applications without rules"),
            ("damaged", "could not be read"),
        ] where found[member]?.integer ?? 0 > 0 {
            text += "\(found.text(at: member)) \(words)\n"
        }
        guard !drafts.isEmpty else { return text + "nothing is proposed\n" }
        text += "\nTHE SMALLEST EXCEPTIONS\n"
        for draft in drafts {
            let target = draft.text(at: "target")
            let place = draft.text(at: "place")
            text +=
                "  rule \(draft.text(at: "rules"))\(target.isEmpty ? "" : " in \(target.shownInTerminal)") at "
                + "\(place.isEmpty ? "everywhere" : place.shownInTerminal): \(draft.text(at: "message").shownInTerminal) "
                + "(needed by \(draft.text(at: "needs")))\n"
        }
        text += samples("THEY LET PASS, FOR EXAMPLE", found["examples"])
        guard found["also_passing"]?.integer ?? 0 > 0 else {
            return text
                + "\nNothing else would pass: \(found.text(at: "others")) others that they could touch are stopped as before.\n"
        }
        return text
            + "\nWARNING: \(found.text(at: "also_passing")) OTHERS WOULD PASS AS WELL, which rules would stop today\n"
            + samples("LOOK AT THESE FIRST", found["also_passing_examples"])
    }

    static func defaults(_ found: JSONValue) -> String {
        let findings = found.elements ?? []
        guard !findings.isEmpty else { return "nothing that people at work send is refused by a list\n" }
        return findings.map { finding in
            let routes = finding["routes"]?.elements?.compactMap { $0.text?.shownInTerminal } ?? []
            let more = routes.count > 3 ? " and \(routes.count - 3) other routes" : ""
            return "\(finding.text(at: "subject")) \(finding.text(at: "value").shownInTerminal) was sent "
                + "\(finding.text(at: "count")) times by \(finding.text(at: "clients")) clients to "
                + "\(routes.prefix(3).joined(separator: ", "))\(more), rule \(finding["exception"]?.text(at: "rules") ?? "") "
                + "refuses it: allow it at \(finding["exception"]?.text(at: "place").shownInTerminal ?? "")\n"
        }.joined()
    }

    /// Transactions, a line each.
    static func samples(_ title: String, _ samples: JSONValue?, most: Int = 10) -> String {
        let all = samples?.elements ?? []
        guard !all.isEmpty else { return "" }
        let lines = all.prefix(most).map { sample in
            "  \(sample.text(at: "method")) \(sample.text(at: "path").shownInTerminal) from \(sample.text(at: "client")) "
                + "answered \(sample.text(at: "status")), rules \(sample.text(at: "rules")) (\(sample.text(at: "transaction")))\n"
        }
        return "\n\(title)\n" + lines.joined()
    }
}
