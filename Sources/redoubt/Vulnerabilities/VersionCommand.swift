// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Advisories
import ArgumentParser

/// `redoubt version`: the versions of packages, by the rules of their ecosystems.
struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "version",
        abstract: "Compare versions of packages, and tell which an advisory affects.",
        subcommands: [VersionCompare.self, VersionAffected.self]
    )
}

/// `redoubt version compare`.
struct VersionCompare: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Say which of two versions is the newer one, for each line of standard input.",
        discussion: """
            A line has two versions with a tab between them; the answer is <, = or >, or "error" where one of them is no \
            version in the ecosystem.
              printf '1.0-1\\t1.0~rc1-1\\n' | redoubt version compare Debian
            """
    )

    @Argument(help: "The ecosystem whose rules hold, such as npm, PyPI, Maven, Debian:12 or Alpine.")
    var ecosystem: String

    func run() throws {
        let comparison: VersionComparison
        do {
            comparison = try VersionComparison(ecosystem: ecosystem)
        } catch {
            throw CommandFailure.badInput("\(error)")
        }
        try InputLines.answer(tooLong: "error") { line in
            switch comparison.answer(line.span) {
            case .order(.less): "<"
            case .order(.equal): "="
            case .order(.greater): ">"
            case .error: "error"
            }
        }
    }
}

/// `redoubt version affected`.
struct VersionAffected: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "affected",
        abstract: "Say whether an advisory affects a version, for each line of standard input.",
        discussion: """
            A line is {"osv": {..}, "package": {"ecosystem": "..", "name": ".."}, "version": ".."} with an advisory in \
            OSV's format; the answer is true, false, or "error: " and the reason.
            """
    )

    func run() throws {
        try InputLines.answer(tooLong: "error: the line is too long") { OSVQuestion.answer($0) }
    }
}
