// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Statements on roll-ups and on the cells of an hour and a day.
extension InsightSQL {
    // MARK: Writing

    static let growDetectionTotal = """
        INSERT INTO detection_total VALUES (?, ?, ?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET count = count + excluded.count
        """
    static let growRuleTotal = """
        INSERT INTO rule_total VALUES (?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET count = count + excluded.count
        """
    static let growTraffic = """
        INSERT INTO traffic VALUES (?, ?, ?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET count = count + excluded.count
        """
    static let putRouteCell = "INSERT OR REPLACE INTO route_cell VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
    static let putStopCell = "INSERT OR REPLACE INTO stop_cell VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
    static let putClientCell = "INSERT OR REPLACE INTO client_cell VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
    static let removeRouteCell =
        "DELETE FROM route_cell WHERE level = ? AND start = ? AND application = ? AND route = ?"
    static let removeStopCell = """
        DELETE FROM stop_cell
        WHERE level = ? AND start = ? AND application = ? AND rule = ? AND route = ? AND status_class = ?
        """
    static let removeClientCell =
        "DELETE FROM client_cell WHERE level = ? AND start = ? AND application = ? AND client = ?"
    static let putRuleNote = "INSERT OR REPLACE INTO rule_note VALUES (?, ?, ?, ?)"
    static let growApplication = """
        INSERT INTO application VALUES (?, ?, ?, ?, ?)
        ON CONFLICT(name) DO UPDATE SET
            first_seen = min(first_seen, excluded.first_seen), last_seen = max(last_seen, excluded.last_seen),
            last_detection = max(coalesce(last_detection, excluded.last_detection),
                coalesce(excluded.last_detection, last_detection)),
            exchanges = exchanges + excluded.exchanges
        """

    // MARK: Reading

    static let routeCells = """
        SELECT application, route, requests, detections, would_stop, stopped FROM route_cell
        WHERE level = ? AND start >= ? AND start < ? AND (?4 IS NULL OR application = ?4)
        """
    static let stopCells = """
        SELECT application, rule, route, status_class, would_stop, stopped, clients FROM stop_cell
        WHERE level = ? AND start >= ? AND start < ? AND (?4 IS NULL OR application = ?4)
        """
    static let clientCells = """
        SELECT application, client, detections, would_stop, stopped, worst FROM client_cell
        WHERE level = ? AND start >= ? AND start < ? AND (?4 IS NULL OR application = ?4)
        """
    private static func clientStops(_ first: Int) -> String {
        """
        SELECT client, would_stop, stopped FROM client_cell
        WHERE level = ?\(first) AND start >= ?\(first + 1) AND start < ?\(first + 2)
            AND (?1 IS NULL OR application = ?1) AND would_stop + stopped > 0
        """
    }
    /// The clients that most would be stopped of, in three stretches of time; all others together first.
    static let stoppedClients = """
        SELECT client, sum(would_stop), sum(stopped)
        FROM (\(clientStops(3)) UNION ALL \(clientStops(6)) UNION ALL \(clientStops(9)))
        GROUP BY client ORDER BY client = '\(CellNames.others)' DESC, 2 DESC, 3 DESC, 1 LIMIT ?2
        """
    /// The clients with most detections, all others together first.
    static let topClients = """
        SELECT client, sum(detections), sum(would_stop), sum(stopped), max(worst) FROM client_cell
        WHERE level = ? AND start >= ? AND start < ? AND (?4 IS NULL OR application = ?4)
        GROUP BY client ORDER BY client = '\(CellNames.others)' DESC, 2 DESC, 1 LIMIT ?
        """
    static let detectionSeries = """
        SELECT start, severity, outcome, sum(count) FROM detection_total
        WHERE level = ? AND start >= ? AND start < ? GROUP BY start, severity, outcome
        """
    private static let steps = """
        WITH RECURSIVE step(start) AS (SELECT ? UNION ALL SELECT start + ? FROM step WHERE start + ? < ?)
        """
    static let detectionSeriesOfApplication = """
        \(steps) SELECT t.start, t.severity, t.outcome, sum(t.count) FROM step CROSS JOIN detection_total t
        ON t.level = ? AND t.start = step.start AND t.application = ? GROUP BY t.start, t.severity, t.outcome
        """
    static let detectionSeriesOfRule = """
        \(steps) SELECT t.start, t.severity, t.outcome, sum(t.count) FROM step CROSS JOIN rule_total t
        ON t.level = ? AND t.start = step.start AND t.rule = ? GROUP BY t.start, t.severity, t.outcome
        """
    static let detectionSeriesOfRuleAndApplication = """
        \(steps) SELECT t.start, t.severity, t.outcome, sum(t.count) FROM step CROSS JOIN rule_total t
        ON t.level = ? AND t.start = step.start AND t.rule = ? AND t.application = ?
        GROUP BY t.start, t.severity, t.outcome
        """
    static let trafficSeries = """
        SELECT start, status_class, outcome, sum(count) FROM traffic
        WHERE level = ? AND start >= ? AND start < ? GROUP BY start, status_class, outcome
        """
    static let trafficSeriesOfApplication = """
        \(steps) SELECT t.start, t.status_class, t.outcome, sum(t.count) FROM step CROSS JOIN traffic t
        ON t.level = ? AND t.start = step.start AND t.application = ? GROUP BY t.start, t.status_class, t.outcome
        """
    static let ruleTotals = """
        SELECT rule, severity, outcome, sum(count) FROM rule_total
        WHERE level = ? AND start >= ? AND start < ? GROUP BY rule, severity, outcome
        """
    static let ruleTotalsOfApplication = """
        SELECT rule, severity, outcome, sum(count) FROM rule_total
        WHERE level = ? AND start >= ? AND start < ? AND application = ? GROUP BY rule, severity, outcome
        """
    static let applicationTotals = """
        SELECT application, severity, outcome, sum(count) FROM detection_total
        WHERE level = ? AND start >= ? AND start < ? GROUP BY application, severity, outcome
        """
    static let trafficTotals = """
        SELECT application, status_class, outcome, sum(count) FROM traffic
        WHERE level = ? AND start >= ? AND start < ? GROUP BY application, status_class, outcome
        """
    static let ruleNote = "SELECT message, kind, severity FROM rule_note WHERE rule = ?"
    static let ruleNoteCount = "SELECT count(*) FROM rule_note"
    static let applications = """
        SELECT name, first_seen, last_seen, last_detection, exchanges FROM application ORDER BY name LIMIT 1000
        """
    static let applicationCount = "SELECT count(*) FROM application"

    // MARK: Retention

    static let oldestDetections = """
        SELECT \(detectionColumns) FROM detection INDEXED BY detection_time WHERE time < ? ORDER BY time LIMIT ?
        """
    static let removeDetection = "DELETE FROM detection WHERE id = ?"
    static let removeRules = "DELETE FROM detection_rules WHERE id = ?"
    static let removeWords = "INSERT INTO detection_text(detection_text, rowid, words) VALUES ('delete', ?, ?)"
    static let detectionBounds = "SELECT min(id), max(id) FROM detection"
    static let pages = """
        SELECT page_count * page_size, freelist_count * page_size
        FROM pragma_page_count, pragma_page_size, pragma_freelist_count
        """
    /// Tables of steps, from which old steps are removed.
    static let stepTables = ["detection_total", "rule_total", "traffic", "route_cell", "stop_cell", "client_cell"]
    static func removeSteps(_ table: String) -> String { "DELETE FROM \(table) WHERE level = ? AND start < ?" }
    static func oldestStep(_ table: String) -> String { "SELECT min(start) FROM \(table) WHERE level = ?" }
}
