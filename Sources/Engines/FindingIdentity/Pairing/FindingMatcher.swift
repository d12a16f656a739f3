// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Pairs known findings with those of a new report of the same scanner, artifact and branch.
///
/// The passes run from the surest to the weakest, each one-to-one; what fits several equally well is left unmatched.
/// The result does not depend on the order of either list. Files in which nothing changed cost a few table look-ups for
/// each finding; where something changed, a file's findings are aligned, which costs the product of their numbers up to
/// a limit, and beyond that only what is sure is paired.
package struct FindingMatcher: Sendable {
    /// Bounds on the work for hostile or enormous reports.
    package struct Limits: Sendable {
        /// The most pairs of findings of one file that are compared; beyond, the file is cut at pairs that are sure, and
        /// pieces that are still too large are only paired where they are equal in place.
        package var comparisonsPerBucket = 40_000
        /// The most candidates that are looked at for a finding that left its file.
        package var candidates = 64

        package init() {}
    }

    /// Pairs two lists.
    ///
    /// - Parameters:
    ///   - old: the open findings, and those that were closed lately because they were gone, which have
    ///     ``FindingDigest/isGone`` set.
    ///   - new: the findings of the report.
    ///   - renames: from old to new place of files that the version control system calls renamed, by
    ///     ``FindingDigester/place(ofFile:)``.
    ///   - limits: bounds on the work.
    package static func pair(
        old: [FindingDigest],
        new: [FindingDigest],
        renames: [UInt64: UInt64] = [:],
        limits: Limits = Limits()
    ) -> Pairing {
        var run = PairingRun(old: old, new: new, limits: limits)
        run.pairStillFiles()
        if run.hasLeftovers {
            run.learnTrust()
            run.pairUniqueEvidenceAcrossFiles()
            run.alignFiles()
            run.pairRenamedFiles(renames)
            run.pairMovedCode()
            run.pairSubjects()
            run.pairGone()
        }
        return run.result()
    }
}
