import MariaDBClient

/// Finds the rows of lanes, makes those that are missing, and wakes those that are parked.
///
/// Only the router calls it, one at a time, so no UNIQUE key is needed to keep lanes apart. Whoever gives a lane back parks it under
/// its row lock after looking for deliveries; ``wake(_:on:)`` locks the same row after the deliveries were inserted: whichever
/// comes second sees what the first has done.
struct LaneRegistry: Sendable {
    struct Name: Hashable, Sendable {
        let listener: String
        let key: LaneKey
    }

    private let selectSQL: @Sendable (String) -> String
    private let insertSQL: String
    private let wakeSQL: @Sendable (String) -> String

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
        wakeSQL = {
            """
            UPDATE \(tables.lanes) FORCE INDEX (PRIMARY)
            SET visible_at = IF(visible_at = \(SettlerStatements.parked), UTC_TIMESTAMP(6), visible_at),
                active_at = UTC_TIMESTAMP()
            WHERE id IN (\($0))
            """
        }
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

    func wake(_ ids: Set<Int64>, on connection: Connection) throws {
        try connection.forEachList(of: ids.sorted(), sql: wakeSQL)
    }
}
