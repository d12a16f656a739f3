// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Storage

/// The text of all statements on `tickets.sqlite`. Times are seconds since 1970.
enum TicketSQL {
    static let migrations = [Migration(1, "tickets of findings", sqlite: schema)]

    private static let schema = """
        CREATE TABLE ticket(
            id INTEGER PRIMARY KEY, system TEXT NOT NULL, subject TEXT NOT NULL, project TEXT NOT NULL, state TEXT NOT NULL,
            remote_key TEXT, url TEXT, remote_is_open INTEGER, remote_status TEXT, remote_version TEXT,
            told_is_open INTEGER NOT NULL, settled_is_open INTEGER NOT NULL, created INTEGER NOT NULL,
            synced INTEGER, UNIQUE(system, subject)
        ) STRICT;
        CREATE TABLE ticket_finding(
            ticket INTEGER NOT NULL, finding TEXT NOT NULL, PRIMARY KEY(ticket, finding)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX ticket_finding_finding ON ticket_finding(finding);
        CREATE TABLE ticket_event(
            id INTEGER PRIMARY KEY, ticket INTEGER NOT NULL, time INTEGER NOT NULL, event TEXT NOT NULL, detail TEXT
        ) STRICT;
        CREATE INDEX ticket_event_ticket ON ticket_event(ticket);
        """

    private static let columns = """
        id, system, subject, project, state, remote_key, url, remote_is_open, remote_status, remote_version, told_is_open,
            settled_is_open
        """
    static let insert = """
        INSERT INTO ticket(system, subject, project, state, told_is_open, settled_is_open, created)
        VALUES (?, ?, ?, 'pending', 1, 1, ?)
        """
    static let insertFinding = "INSERT OR IGNORE INTO ticket_finding(ticket, finding) VALUES (?, ?)"
    static let update = """
        UPDATE ticket SET state = ?, remote_key = ?, url = ?, remote_is_open = ?, remote_status = ?, remote_version = ?,
            told_is_open = ?, settled_is_open = ?, synced = ?
        WHERE id = ?
        """
    static let forget = "DELETE FROM ticket WHERE id = ? AND state = 'pending'"
    static let forgetFindings = "DELETE FROM ticket_finding WHERE ticket = ?"
    static let ofSubject = "SELECT \(columns) FROM ticket WHERE system = ? AND subject = ?"
    static let ofFinding = """
        SELECT \(columns) FROM ticket WHERE id IN (SELECT ticket FROM ticket_finding WHERE finding = ?) ORDER BY id LIMIT 1000
        """
    static let page = "SELECT \(columns) FROM ticket WHERE id > ? ORDER BY id LIMIT ?"
    static let findings = "SELECT finding FROM ticket_finding WHERE ticket = ? ORDER BY finding LIMIT 10000"
    static let insertEvent = "INSERT INTO ticket_event(ticket, time, event, detail) VALUES (?, ?, ?, ?)"
    static let events = """
        SELECT time, event, detail FROM ticket_event INDEXED BY ticket_event_ticket WHERE ticket = ? ORDER BY id LIMIT 1000
        """
}
