import MariaDBClient

/// Reads what attempts before have done of a delivery that is made in parts: they left word of it in the history.
struct PartsReader: Sendable {
    private let sql: String

    /// Once the whole was delivered its parts count no more, so that an event that is set back by hand is delivered whole. What is older
    /// than the event is of another one that had its number: a table that was emptied by TRUNCATE counts anew.
    init(tables: Tables) {
        sql = """
            SELECT parts FROM \(tables.attempts) a JOIN \(tables.events) e ON e.id = a.event_id
            WHERE a.event_id = ? AND a.listener = ? AND a.parts <> '' AND a.finished_at >= e.create_datetime
                AND NOT EXISTS (SELECT 1 FROM \(tables.attempts) d
                    WHERE d.event_id = a.event_id AND d.listener = a.listener AND d.outcome = 'delivered')
            """
    }

    func partsDone(ofEvent id: Int64, by listener: String, on connection: Connection) throws -> Set<String> {
        var parts: Set<String> = []
        try connection.once(sql, .integer(id), .text(listener)) { row in
            parts.formUnion(row.text(0).split(separator: "\n").map(String.init))
        }
        return parts
    }
}
