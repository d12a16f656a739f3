// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import DefenseModel
internal import Evidence
internal import Policy

/// The document of a ledger, and its files.
struct LedgerState {
    var document: PolicyDocument
    private let path: String
    private let journal: PolicyJournal
    private var identifiers = IdentifierGenerator()
    /// Set where what is on disk may not be what is in force.
    private var isBroken = false

    /// From this length on the journal is folded into the document.
    static let journalBytes = 4 << 20

    private init(_ document: PolicyDocument, _ path: String, _ journal: PolicyJournal) {
        self.document = document
        self.path = path
        self.journal = journal
    }

    /// A ledger as it was opened.
    struct Opened {
        var state: LedgerState
        var recovered: String?
    }

    /// Reads the document, and makes the changes of the journal that are recorded.
    static func open(_ folder: String, _ log: LogFolder) throws -> Opened {
        let path = folder + "/policy.json"
        var document = try PolicyFile.read(PolicyDocument.self, path) ?? PolicyDocument()
        var entries: [JournalEntry] = []
        let journal = try PolicyJournal(folder + "/journal", &entries)
        // Those that the document has already: the program ended between writing it and emptying the journal.
        entries.removeAll { $0.revision <= document.revision }
        var recovered: String?
        if let last = entries.last, try !isRecorded(last, log) {
            entries.removeLast()
            recovered = "change \(last.revision) of the policy, \(last.change), was never recorded; it is not in force"
        }
        for entry in entries {
            guard entry.revision == document.revision + 1 else {
                throw StorageError(
                    .corrupt,
                    "expected revision \(document.revision + 1), found \(entry.revision)",
                    file: journal.path
                )
            }
            do throws(PolicyError) {
                _ = try document.apply(entry.change, by: entry.by)
            } catch {
                throw StorageError(
                    .corrupt,
                    "revision \(entry.revision) cannot be made: \(error.message)",
                    file: journal.path
                )
            }
        }
        return Opened(state: LedgerState(document, path, journal), recovered: recovered)
    }

    private static func isRecorded(_ entry: JournalEntry, _ log: LogFolder) throws(EvidenceError) -> Bool {
        let kind = EvidenceKind.decision(.changed)
        let identifier = Array(entry.decision.description.utf8)
        var found = false
        try log.forEachLeaf(from: entry.leaves) { _, leaf throws(EvidenceError) in
            found = leaf.kind == kind && leaf.content.firstRange(of: identifier) != nil
            return !found
        }
        return found
    }

    mutating func makeIdentifier(at time: Int64) -> Identifier {
        var generator = SystemRandomNumberGenerator()
        return identifiers.next(time: time, random: (generator.next(), generator.next()))
    }

    /// Writes a change that is about to be recorded.
    ///
    /// - Returns: the length of the journal before.
    mutating func write(_ entry: JournalEntry) throws(StorageError) -> Int {
        guard !isBroken else {
            throw StorageError(.inputOutput, "a change could not be taken back; start again", file: journal.path)
        }
        if journal.byteCount > Self.journalBytes {
            try compact(endedBefore: .min)
        }
        let before = journal.byteCount
        try journal.append(entry)
        return before
    }

    /// Takes a change back that could not be recorded.
    mutating func takeBack(to length: Int) throws(StorageError) {
        do throws(StorageError) {
            try journal.cut(to: length)
        } catch {
            isBroken = true
            throw error
        }
    }

    /// Writes the document whole, without blocks that have ended, and empties the journal.
    mutating func compact(endedBefore time: Int64) throws(StorageError) {
        guard document.removeBlocks(endedBefore: time) > 0 || journal.byteCount > 0 else { return }
        try PolicyFile.replace(path, with: PolicyFile.encode(document))
        try journal.cut(to: 0)
    }
}
