// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import DefenseModel
internal import Storage
internal import Synchronization

extension InsightStore {
    /// Changes an incident, and keeps who changed what.
    ///
    /// - Parameters:
    ///   - maker: whoever does it.
    ///   - revision: the one that the maker saw; nil to change it whatever it is.
    ///   - time: nanoseconds since 1970.
    /// - Returns: the incident as it is now. Where nothing differs, its revision stays.
    package func edit(
        incident id: Int64,
        _ edit: IncidentEdit,
        by maker: String,
        expecting revision: Int? = nil,
        at time: Int64
    ) async throws(InsightError) -> Incident {
        let edit = try edit.checked()
        let result = try await writing { connection throws(StorageError) in
            try IncidentChange(edit, maker, revision, time).run(on: id, connection)
        }
        let (incident, hasNewState) = try result.get()
        if hasNewState { changes.withLock { $0[id] = incident.state } }
        live.send(.incident(incident))
        return incident
    }

    /// Adds a comment to an incident.
    ///
    /// - Returns: the number of the act that holds it.
    @discardableResult
    package func comment(
        onIncident id: Int64,
        _ text: String,
        by maker: String,
        at time: Int64
    ) async throws(InsightError) -> Int64 {
        var edit = IncidentEdit()
        edit.comment = text
        guard let comment = try edit.checked().comment else {
            throw InsightError(.badValue, "a comment is empty")
        }
        let result = try await writing {
            connection throws(StorageError) -> Result<Int64, InsightError> in
            guard try Self.incident(id, connection) != nil else { return .failure(IncidentChange.missing) }
            try connection.execute(
                InsightSQL.insertAct,
                IncidentChange.values(id, time, maker, .comment, nil, comment)
            )
            return .success(connection.lastInsertedRow)
        }
        return try result.get()
    }

    private func writing<Output: Sendable>(
        _ body: @escaping @Sendable (Connection) throws(StorageError) -> Output
    ) async throws(InsightError) -> Output {
        do throws(StorageError) {
            return try await database.write(body)
        } catch {
            throw InsightError(error)
        }
    }
}

extension IncidentEdit {
    /// Without what stands around texts.
    ///
    /// - Throws: ``InsightError/Code/badValue`` for texts that are too long.
    fileprivate func checked() throws(InsightError) -> IncidentEdit {
        var edit = self
        edit.assignee = try Self.checked(assignee, "an assignee", Self.longestAssignee)
        edit.title = try Self.checked(title, "a title", Self.longestTitle)
        edit.comment = try Self.checked(comment, "a comment", Self.longestComment)
        if edit.comment == "" { edit.comment = nil }
        return edit
    }

    private static func checked(_ text: String?, _ name: String, _ longest: Int) throws(InsightError) -> String? {
        guard let text else { return nil }
        guard text.utf8.count <= longest else {
            throw InsightError(.badValue, "\(name) of at most \(longest) bytes was expected, found \(text.utf8.count)")
        }
        let start = text.firstIndex { !$0.isWhitespace } ?? text.endIndex
        let end = text.lastIndex { !$0.isWhitespace }.map { text.index(after: $0) } ?? start
        return String(text[start..<end])
    }
}

/// A change of an incident inside of a transaction.
private struct IncidentChange {
    let edit: IncidentEdit
    let maker: String
    let revision: Int?
    let time: Int64

    static let missing = InsightError(.notFound, "there is no such incident")

    init(_ edit: IncidentEdit, _ maker: String, _ revision: Int?, _ time: Int64) {
        self.edit = edit
        self.maker = maker
        self.revision = revision
        self.time = time
    }

    /// The columns that people change.
    private struct Columns: Equatable {
        var state: Int
        var severity: Int64?
        var title: String?
        var assignee: String?
    }

    func run(
        on id: Int64,
        _ connection: Connection
    ) throws(StorageError) -> Result<(Incident, hasNewState: Bool), InsightError> {
        guard let before = try InsightStore.incident(id, connection) else { return .failure(Self.missing) }
        if let revision, revision != before.revision {
            let message = "it was changed meanwhile: revision \(revision) was expected, it has \(before.revision)"
            return .failure(InsightError(.revisionMismatch, message))
        }
        let acts = try differences(id, before, connection)
        for (kind, old, new) in acts {
            try connection.execute(InsightSQL.insertAct, Self.values(id, time, maker, kind, old, new))
        }
        if let comment = edit.comment {
            try connection.execute(InsightSQL.insertAct, Self.values(id, time, maker, .comment, nil, comment))
        }
        guard let after = try InsightStore.incident(id, connection) else { return .failure(Self.missing) }
        return .success((after, before.state != after.state))
    }

    static func values(
        _ incident: Int64,
        _ time: Int64,
        _ maker: String,
        _ kind: IncidentAct.Kind,
        _ before: String?,
        _ after: String?
    ) -> [Value] {
        [
            .integer(incident), .integer(time), .text(maker), .text(kind.rawValue), .text(orNull: before),
            .text(orNull: after),
        ]
    }

    /// Writes the columns where they differ.
    private func differences(
        _ id: Int64,
        _ before: Incident,
        _ connection: Connection
    ) throws(StorageError) -> [(IncidentAct.Kind, String?, String?)] {
        let old = try connection.first(InsightSQL.editableColumns, [.integer(id)]) { row throws(StorageError) in
            Columns(
                state: try row.int(0),
                severity: try row.integerOrNull(1),
                title: try row.textOrNull(2),
                assignee: try row.textOrNull(3)
            )
        }
        guard let old else { return [] }
        var new = old
        if let state = edit.state { new.state = state.rawValue }
        if let severity = edit.severity, severity != before.severity { new.severity = Int64(severity.level) }
        if let title = edit.title { new.title = title.isEmpty ? nil : title == before.title ? old.title : title }
        if let assignee = edit.assignee { new.assignee = assignee.isEmpty ? nil : assignee }
        guard new != old else { return [] }
        let state = Incident.State(rawValue: new.state) ?? before.state
        try connection.execute(
            InsightSQL.editIncident,
            [
                .integer(new.state), .integer(state.isOpen ? 1 : 0), .integer(orNull: new.severity),
                .text(orNull: new.title), .text(orNull: new.assignee), .integer(id), .integer(before.revision),
            ]
        )
        var acts: [(IncidentAct.Kind, String?, String?)] = []
        if new.state != old.state { acts.append((.state, before.state.name, state.name)) }
        if new.assignee != old.assignee { acts.append((.assignee, old.assignee, new.assignee)) }
        if new.severity != old.severity {
            acts.append((.severity, before.severity.rawValue, edit.severity?.rawValue))
        }
        if new.title != old.title { acts.append((.title, before.title, new.title)) }
        return acts
    }
}
