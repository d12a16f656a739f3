// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Storage

/// The text of all statements on `insight.sqlite`.
///
/// Times are nanoseconds since 1970, starts of steps seconds. Lists go through an index that holds their order; what else a
/// filter asks is looked at row by row, and no page looks at more rows than ``InsightStore/mostRowsLookedAt``.
enum InsightSQL {
    static let migrations = [
        Migration(1, "detections, entities, decisions, incidents and roll-ups", sqlite: schema),
        Migration(2, "an identity, by which others know whose numbers they keep", sqlite: identitySchema),
    ]

    private static let identitySchema = """
        CREATE TABLE identity(id INTEGER PRIMARY KEY CHECK(id = 1), value TEXT NOT NULL) STRICT;
        INSERT INTO identity(id, value) VALUES (1, lower(hex(randomblob(16))));
        """

    private static let schema = """
        CREATE TABLE detection(
            id INTEGER PRIMARY KEY, time INTEGER NOT NULL, last_time INTEGER NOT NULL, count INTEGER NOT NULL,
            severity INTEGER NOT NULL, outcome INTEGER NOT NULL, folding INTEGER NOT NULL, incident INTEGER,
            rule TEXT NOT NULL, kind TEXT NOT NULL, client TEXT, application TEXT NOT NULL, route TEXT NOT NULL,
            status INTEGER NOT NULL, control TEXT NOT NULL, decided_by TEXT, technique TEXT, message TEXT NOT NULL,
            target TEXT, evidence TEXT, method TEXT, host TEXT, path TEXT, reason TEXT, scope TEXT, revision INTEGER,
            decision TEXT, transaction_uid TEXT, samples TEXT
        ) STRICT;
        CREATE INDEX detection_time ON detection(time);
        CREATE INDEX detection_rule ON detection(rule, time);
        CREATE INDEX detection_client ON detection(client, time);
        CREATE INDEX detection_kind ON detection(kind, time);
        CREATE INDEX detection_application ON detection(application, time);
        CREATE INDEX detection_incident ON detection(incident, time) WHERE incident IS NOT NULL;
        CREATE INDEX detection_severe ON detection(time) WHERE severity >= 3;
        CREATE INDEX detection_stopped ON detection(time) WHERE outcome IN (2, 6, 14);
        CREATE INDEX detection_transaction ON detection(transaction_uid) WHERE transaction_uid IS NOT NULL;
        CREATE TABLE detection_rules(id INTEGER PRIMARY KEY, more INTEGER NOT NULL, rules TEXT NOT NULL) STRICT;
        CREATE VIRTUAL TABLE detection_text USING fts5(
            words, content='', detail=none, columnsize=0, tokenize="ascii tokenchars '.:'"
        );

        CREATE TABLE entity(
            id INTEGER PRIMARY KEY, kind TEXT NOT NULL, key TEXT NOT NULL, first_seen INTEGER NOT NULL,
            last_seen INTEGER NOT NULL, detections INTEGER NOT NULL, would_stop INTEGER NOT NULL,
            stopped INTEGER NOT NULL, worst INTEGER NOT NULL, UNIQUE(kind, key)
        ) STRICT;
        CREATE INDEX entity_last ON entity(last_seen);

        CREATE TABLE decision(
            id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, time INTEGER NOT NULL, control TEXT,
            disposition TEXT NOT NULL, reason TEXT NOT NULL, mode TEXT, scope TEXT, revision INTEGER NOT NULL,
            subject TEXT, detection TEXT, rule TEXT, exception TEXT, message TEXT NOT NULL, maker TEXT NOT NULL,
            expires INTEGER, undo TEXT, leaf INTEGER
        ) STRICT;
        CREATE INDEX decision_time ON decision(time);
        CREATE INDEX decision_subject ON decision(subject, time) WHERE subject IS NOT NULL;
        CREATE INDEX decision_disposition ON decision(disposition, time);

        CREATE TABLE incident(
            id INTEGER PRIMARY KEY, opened INTEGER NOT NULL, first_time INTEGER NOT NULL, last_time INTEGER NOT NULL,
            is_open INTEGER NOT NULL, state INTEGER NOT NULL, severity INTEGER NOT NULL, severity_set INTEGER,
            client TEXT, technique TEXT, kind TEXT NOT NULL, title TEXT NOT NULL, title_set TEXT, assignee TEXT,
            revision INTEGER NOT NULL, former INTEGER, is_summary INTEGER NOT NULL, requests INTEGER NOT NULL,
            stopped INTEGER NOT NULL, would_stop INTEGER NOT NULL, passed INTEGER NOT NULL,
            group_count INTEGER NOT NULL, rules TEXT NOT NULL, kinds TEXT NOT NULL, applications TEXT NOT NULL
        ) STRICT;
        CREATE INDEX incident_last ON incident(last_time);
        CREATE INDEX incident_open ON incident(last_time) WHERE is_open = 1;
        CREATE INDEX incident_opened ON incident(opened);
        CREATE INDEX incident_client ON incident(client, last_time) WHERE client IS NOT NULL;
        CREATE TABLE incident_act(
            id INTEGER PRIMARY KEY, incident INTEGER NOT NULL, time INTEGER NOT NULL, maker TEXT NOT NULL,
            kind TEXT NOT NULL, before TEXT, after TEXT
        ) STRICT;
        CREATE INDEX incident_act_incident ON incident_act(incident);

        CREATE TABLE detection_total(
            level INTEGER NOT NULL, start INTEGER NOT NULL, application TEXT NOT NULL, severity INTEGER NOT NULL,
            outcome INTEGER NOT NULL, count INTEGER NOT NULL,
            PRIMARY KEY(level, start, application, severity, outcome)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE rule_total(
            level INTEGER NOT NULL, start INTEGER NOT NULL, rule TEXT NOT NULL, application TEXT NOT NULL,
            severity INTEGER NOT NULL, outcome INTEGER NOT NULL, count INTEGER NOT NULL,
            PRIMARY KEY(level, start, rule, application, severity, outcome)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE traffic(
            level INTEGER NOT NULL, start INTEGER NOT NULL, application TEXT NOT NULL, status_class INTEGER NOT NULL,
            outcome INTEGER NOT NULL, count INTEGER NOT NULL,
            PRIMARY KEY(level, start, application, status_class, outcome)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE route_cell(
            level INTEGER NOT NULL, start INTEGER NOT NULL, application TEXT NOT NULL, route TEXT NOT NULL,
            requests INTEGER NOT NULL, detections INTEGER NOT NULL, would_stop INTEGER NOT NULL,
            stopped INTEGER NOT NULL, PRIMARY KEY(level, start, application, route)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE stop_cell(
            level INTEGER NOT NULL, start INTEGER NOT NULL, application TEXT NOT NULL, rule TEXT NOT NULL,
            route TEXT NOT NULL, status_class INTEGER NOT NULL, would_stop INTEGER NOT NULL,
            stopped INTEGER NOT NULL, clients BLOB NOT NULL,
            PRIMARY KEY(level, start, application, rule, route, status_class)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE client_cell(
            level INTEGER NOT NULL, start INTEGER NOT NULL, application TEXT NOT NULL, client TEXT NOT NULL,
            detections INTEGER NOT NULL, would_stop INTEGER NOT NULL, stopped INTEGER NOT NULL,
            worst INTEGER NOT NULL, PRIMARY KEY(level, start, application, client)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE rule_note(
            rule TEXT PRIMARY KEY, message TEXT NOT NULL, kind TEXT NOT NULL, severity INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE application(
            name TEXT PRIMARY KEY, first_seen INTEGER NOT NULL, last_seen INTEGER NOT NULL, last_detection INTEGER,
            exchanges INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        """

    // MARK: Detections

    static let detectionColumns = """
        id, time, last_time, count, severity, outcome, folding, incident, rule, kind, client, application, route, status,
        control, decided_by, technique, message, target, evidence, method, host, path, reason, scope, revision, decision,
        transaction_uid, samples
        """
    /// From rows with the cells of ``DetectionRow``, the number of further rules, the rules and the words.
    static let insertDetections = """
        INSERT INTO detection SELECT \((0..<DetectionRow.cellCount).map { "c\($0)" }.joined(separator: ", "))
        FROM bulk_rows(?)
        """
    static let insertRules = "INSERT INTO detection_rules SELECT c0, c29, c30 FROM bulk_rows(?)"
    static let insertWords = "INSERT INTO detection_text(rowid, words) SELECT c0, c31 FROM bulk_rows(?)"
    static let growDetection = "UPDATE detection SET count = ?, last_time = ?, folding = ?, samples = ? WHERE id = ?"
    static let detection = "SELECT \(detectionColumns) FROM detection WHERE id = ?"
    static let detectionRules = "SELECT more, rules FROM detection_rules WHERE id = ?"
    static let detectionsOfTransaction = """
        SELECT \(detectionColumns) FROM detection INDEXED BY detection_transaction
        WHERE transaction_uid = ? ORDER BY id DESC LIMIT 50
        """
    static let identity = "SELECT value FROM identity WHERE id = 1"
    static let lastDetection = "SELECT max(id) FROM detection"
    /// The oldest time, and whether rows before or between are gone: numbers are given in order, from 1 on.
    static let keptDetections = """
        SELECT (SELECT min(time) FROM detection), (SELECT count(*) FROM detection) < (SELECT max(id) FROM detection)
        """
    static let arrivedDetections = """
        SELECT \(detectionColumns), (SELECT rules FROM detection_rules r WHERE r.id = detection.id) FROM detection
        WHERE id > ? AND time >= ? ORDER BY id LIMIT ?
        """

    /// What a filter looks at.
    private static let looked = "id, time, severity, outcome, rule, kind, client, application, incident, route"
    private static let order = "AND (time, id) < (?, ?) AND time >= ? ORDER BY time DESC, id DESC"
    private static func scan(_ index: String, _ condition: String) -> String {
        "SELECT \(looked) FROM detection INDEXED BY \(index) WHERE \(condition) \(order)"
    }
    static let scanByTime = scan("detection_time", "1")
    static let scanByRule = scan("detection_rule", "rule = ?")
    static let scanByClient = scan("detection_client", "client = ?")
    static let scanByKind = scan("detection_kind", "kind = ?")
    static let scanByApplication = scan("detection_application", "application = ?")
    static let scanByIncident = scan("detection_incident", "incident = ?")
    static let scanSevere = scan("detection_severe", "severity >= 3")
    static let scanStopped = scan("detection_stopped", "outcome IN (2, 6, 14)")
    static let scanByWords = """
        SELECT d.id, d.time, d.severity, d.outcome, d.rule, d.kind, d.client, d.application, d.incident, d.route
        FROM detection_text CROSS JOIN detection d ON d.id = detection_text.rowid
        WHERE detection_text MATCH ? AND detection_text.rowid < ? ORDER BY detection_text.rowid DESC
        """

    // MARK: Entities

    static let growEntity = """
        INSERT INTO entity(kind, key, first_seen, last_seen, detections, would_stop, stopped, worst)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT(kind, key) DO UPDATE SET
            first_seen = min(first_seen, excluded.first_seen), last_seen = max(last_seen, excluded.last_seen),
            detections = detections + excluded.detections, would_stop = would_stop + excluded.would_stop,
            stopped = stopped + excluded.stopped, worst = max(worst, excluded.worst)
        """
    private static let entityColumns = "id, kind, key, first_seen, last_seen, detections, would_stop, stopped, worst"
    static let entity = "SELECT \(entityColumns) FROM entity WHERE kind = ? AND key = ?"
    static let entities = """
        SELECT \(entityColumns) FROM entity INDEXED BY entity_last
        WHERE (last_seen, id) < (?, ?) AND last_seen >= ? ORDER BY last_seen DESC, id DESC
        """
    static let entityCount = "SELECT count(*) FROM entity"
    static let removeEntities = """
        DELETE FROM entity WHERE id IN (SELECT id FROM entity INDEXED BY entity_last ORDER BY last_seen LIMIT ?)
        """
    static let removeOldEntities = """
        DELETE FROM entity
        WHERE id IN (SELECT id FROM entity INDEXED BY entity_last WHERE last_seen < ? ORDER BY last_seen LIMIT ?)
        """

    // MARK: Decisions

    private static let decisionColumns = """
        uid, time, control, disposition, reason, mode, scope, revision, subject, detection, rule, exception, message,
        maker, expires, undo, leaf
        """
    static let insertDecision = """
        INSERT INTO decision(\(decisionColumns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT(uid) DO NOTHING
        """
    static let decision = "SELECT id, \(decisionColumns) FROM decision WHERE uid = ?"
    private static func decisions(_ index: String, _ condition: String) -> String {
        "SELECT id, \(decisionColumns) FROM decision INDEXED BY \(index) WHERE \(condition) \(order)"
    }
    static let decisionsByTime = decisions("decision_time", "1")
    static let decisionsBySubject = decisions("decision_subject", "subject = ?")
    static let decisionsByDisposition = decisions("decision_disposition", "disposition = ?")
    static let removeOldDecisions = """
        DELETE FROM decision
        WHERE id IN (SELECT id FROM decision INDEXED BY decision_time WHERE time < ? ORDER BY time LIMIT ?)
        """
    static let removeDecisions = """
        DELETE FROM decision WHERE id IN (SELECT id FROM decision INDEXED BY decision_time ORDER BY time LIMIT ?)
        """
    static let decisionBounds = "SELECT min(id), max(id) FROM decision"

    // MARK: Incidents

    private static let incidentColumns = """
        id, opened, first_time, last_time, state, severity, severity_set, client, technique, kind, title, title_set,
        assignee, revision, former, is_summary, requests, stopped, would_stop, passed, group_count, rules, kinds,
        applications
        """
    static let insertIncident = """
        INSERT INTO incident(\(incidentColumns), is_open)
        VALUES (?, ?, ?, ?, 0, ?, NULL, ?, ?, ?, ?, NULL, NULL, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)
        """
    /// Nothing that people change.
    static let growIncident = """
        UPDATE incident SET first_time = ?, last_time = ?, severity = ?, title = ?, requests = ?, stopped = ?,
            would_stop = ?, passed = ?, group_count = ?, rules = ?, kinds = ?, applications = ?
        WHERE id = ?
        """
    static let editIncident = """
        UPDATE incident SET state = ?, is_open = ?, severity_set = ?, title_set = ?, assignee = ?, revision = revision + 1
        WHERE id = ? AND revision = ?
        """
    static let editableColumns = "SELECT state, severity_set, title_set, assignee FROM incident WHERE id = ?"
    static let incident = "SELECT \(incidentColumns) FROM incident WHERE id = ?"
    private static func incidents(_ index: String, _ condition: String) -> String {
        """
        SELECT \(incidentColumns) FROM incident INDEXED BY \(index)
        WHERE \(condition) AND (last_time, id) < (?, ?) AND last_time >= ? ORDER BY last_time DESC, id DESC
        """
    }
    static let incidentsByTime = incidents("incident_last", "1")
    static let openIncidents = incidents("incident_open", "is_open = 1")
    static let incidentsOfClient = incidents("incident_client", "client = ?")
    static let lastIncident = "SELECT max(id) FROM incident"
    /// Those opened on one day, which its budget counts.
    static let incidentsOpened = """
        SELECT id, is_summary FROM incident INDEXED BY incident_opened
        WHERE opened >= ? AND opened < ? LIMIT 10000
        """
    /// The one before of the same client and technique.
    static let formerIncident = """
        SELECT id FROM incident INDEXED BY incident_client
        WHERE client = ? AND kind = ? AND technique IS ? AND is_summary = 0 ORDER BY last_time DESC, id DESC LIMIT 1
        """
    static let openIncidentCounts = """
        SELECT coalesce(severity_set, severity), count(*) FROM incident INDEXED BY incident_open
        WHERE is_open = 1 GROUP BY 1
        """
    static let insertAct = """
        INSERT INTO incident_act(incident, time, maker, kind, before, after) VALUES (?, ?, ?, ?, ?, ?)
        """
    static let acts = """
        SELECT id, incident, time, maker, kind, before, after FROM incident_act INDEXED BY incident_act_incident
        WHERE incident = ? AND id > ? ORDER BY id LIMIT ?
        """
    static let removeOldActs = """
        DELETE FROM incident_act WHERE incident IN (
            SELECT id FROM incident INDEXED BY incident_last WHERE last_time < ? AND is_open = 0
            ORDER BY last_time LIMIT ?)
        """
    static let removeOldIncidents = """
        DELETE FROM incident WHERE id IN (
            SELECT id FROM incident INDEXED BY incident_last WHERE last_time < ? AND is_open = 0
            ORDER BY last_time LIMIT ?)
        """
}
