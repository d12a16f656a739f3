// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Storage

/// The text of all statements on `outputs.sqlite`.
///
/// Times are nanoseconds since 1970, days are counted from 1970. A delivery waits (0) or is a dead letter (1); one that
/// arrived is removed.
enum OutputSQL {
    static let migrations = [Migration(1, "deliveries and usage", sqlite: schema)]

    private static let schema = """
        CREATE TABLE delivery(
            id INTEGER PRIMARY KEY AUTOINCREMENT, uid TEXT NOT NULL UNIQUE, output TEXT NOT NULL, topic TEXT NOT NULL,
            made INTEGER NOT NULL, body BLOB NOT NULL, state INTEGER NOT NULL, attempts INTEGER NOT NULL,
            due INTEGER NOT NULL, ended INTEGER, status INTEGER, error TEXT
        ) STRICT;
        CREATE INDEX delivery_due ON delivery(output, due) WHERE state = 0;
        CREATE INDEX delivery_dead ON delivery(id) WHERE state = 1;
        CREATE INDEX delivery_dead_output ON delivery(output, id) WHERE state = 1;

        CREATE TABLE usage_day(
            day INTEGER NOT NULL, counter TEXT NOT NULL, count INTEGER NOT NULL, PRIMARY KEY(day, counter)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE usage_state(
            id INTEGER PRIMARY KEY CHECK(id = 1), installation TEXT NOT NULL, since INTEGER NOT NULL,
            is_enabled INTEGER NOT NULL, sent INTEGER, failure TEXT
        ) STRICT;
        """

    // MARK: Deliveries

    static let insert = """
        INSERT INTO delivery(uid, output, topic, made, body, state, attempts, due) VALUES (?, ?, ?, ?, ?, 0, 0, ?)
        """
    static let waiting = "SELECT count(*) FROM delivery WHERE output = ? AND state = 0"
    static let dead = "SELECT count(*) FROM delivery WHERE output = ? AND state = 1"
    static let deadOfEach = "SELECT output, count(*) FROM delivery WHERE state = 1 GROUP BY output"
    static let due = """
        SELECT id, uid, body, attempts FROM delivery WHERE output = ? AND state = 0 AND due <= ?
        ORDER BY due, id LIMIT ?
        """
    static let nextDue = "SELECT min(due) FROM delivery WHERE output = ? AND state = 0"
    static let remove = "DELETE FROM delivery WHERE id = ?"
    static let postpone = "UPDATE delivery SET attempts = ?, due = ?, status = ?, error = ? WHERE id = ? AND state = 0"
    static let bury = """
        UPDATE delivery SET state = 1, attempts = ?, ended = ?, status = ?, error = ? WHERE id = ? AND state = 0
        """
    /// Clocks jump: what is due much later than any delay is due now.
    static let pullForward = "UPDATE delivery SET due = ? WHERE output = ? AND state = 0 AND due > ?"
    static let outputsWithWaiting = "SELECT DISTINCT output FROM delivery WHERE state = 0 LIMIT 1000"
    static let buryOutput = """
        UPDATE delivery SET state = 1, ended = ?, error = 'the output is not configured any more'
        WHERE output = ? AND state = 0
        """
    static let forgetOldest = """
        DELETE FROM delivery WHERE id IN (SELECT id FROM delivery WHERE output = ? AND state = 1 ORDER BY id LIMIT ?)
        """

    // MARK: Dead letters

    private static let letter =
        "id, uid, output, topic, made, attempts, ended, status, error, length(body) FROM delivery"
    static let letters = "SELECT \(letter) WHERE state = 1 AND id < ? ORDER BY id DESC LIMIT ?"
    static let lettersOfOutput = "SELECT \(letter) WHERE state = 1 AND output = ? AND id < ? ORDER BY id DESC LIMIT ?"
    static let letterBody = "SELECT body FROM delivery WHERE id = ? AND state = 1"
    private static let revival = "UPDATE delivery SET state = 0, attempts = 0, due = ?, ended = NULL WHERE state = 1"
    static let revive = revival + " AND uid = ?"
    static let reviveOutput = revival + " AND output = ?"
    static let reviveAll = revival
    static let drop = "DELETE FROM delivery WHERE state = 1 AND uid = ?"
    static let dropOutput = "DELETE FROM delivery WHERE state = 1 AND output = ?"
    static let dropAll = "DELETE FROM delivery WHERE state = 1"

    // MARK: Usage

    static let addUsage = """
        INSERT INTO usage_day(day, counter, count) VALUES (?, ?, ?)
        ON CONFLICT(day, counter) DO UPDATE SET count = count + excluded.count
        """
    static let usage = """
        SELECT counter, sum(count) FROM usage_day WHERE day >= ? AND day <= ? GROUP BY counter ORDER BY counter LIMIT 1000
        """
    static let usageDays = """
        SELECT day, counter, count FROM usage_day WHERE day >= ? AND day <= ? ORDER BY day, counter LIMIT 20000
        """
    static let forgetUsage = "DELETE FROM usage_day WHERE day < ?"
    static let usageState = "SELECT installation, since, is_enabled, sent, failure FROM usage_state WHERE id = 1"
    static let setUsageState = """
        INSERT INTO usage_state(id, installation, since, is_enabled, sent, failure) VALUES (1, ?, ?, ?, ?, ?)
        ON CONFLICT(id) DO UPDATE SET installation = excluded.installation, since = excluded.since,
        is_enabled = excluded.is_enabled, sent = excluded.sent, failure = excluded.failure
        """
}
