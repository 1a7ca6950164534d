import MariaDBClient

/// Reads what attempts before have done of a delivery that is made in parts: they left word of it in the history.
struct PartsReader: Sendable {
    private let sql: String

    init(tables: Tables) {
        sql = "SELECT parts FROM \(tables.attempts) WHERE event_id = ? AND listener = ? AND parts <> ''"
    }

    func partsDone(ofEvent id: Int64, by listener: String, on connection: Connection) throws -> Set<String> {
        var parts: Set<String> = []
        try connection.once(sql, .integer(id), .text(listener)) { row in
            parts.formUnion(row.text(0).split(separator: " ").map(String.init))
        }
        return parts
    }
}
