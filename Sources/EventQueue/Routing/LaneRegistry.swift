import MariaDBClient

/// Finds the rows of lanes, and makes those that are missing.
///
/// Only who holds the routing lock calls it, one at a time, so no UNIQUE key is needed to keep lanes apart.
struct LaneRegistry: Sendable {
    struct Name: Hashable, Sendable {
        let listener: String
        let key: LaneKey
    }

    private let selectSQL: @Sendable (String) -> String
    private let insertSQL: String

    init(tables: Tables) {
        selectSQL = {
            """
            SELECT id, listener, lane_key FROM \(tables.lanes) FORCE INDEX (event_lane_key) WHERE lane_key IN (\($0))
            """
        }
        insertSQL = """
            INSERT INTO \(tables.lanes) (listener, lane_key, visible_at) VALUES (?, ?, \(SettlerStatements.parked))
            RETURNING id, listener, lane_key
            """
    }

    func identifiers(of names: Set<Name>, on connection: Connection) throws -> [Name: Int64] {
        guard !names.isEmpty else { return [:] }
        var found: [Name: Int64] = [:]
        func note(_ row: borrowing Row) {
            guard let key = LaneKey(text: row.text(2)) else { return }
            let name = Name(listener: row.text(1), key: key)
            if names.contains(name) { found[name] = row.integer(0) }
        }
        for chunk in IdentifierList.chunks(of: Set(names.map(\.key)).map(\.text).sorted()) {
            try connection.query(
                selectSQL(IdentifierList.placeholders(chunk.count)), chunk.map { .text($0) }
            ) { note($0) }
        }
        let missing = names.filter { found[$0] == nil }.sorted { $0.key.text < $1.key.text }
        try connection.bulk(
            insertSQL, [.texts(missing.map(\.listener)), .texts(missing.map(\.key.text))]
        ) { note($0) }
        return found
    }
}
