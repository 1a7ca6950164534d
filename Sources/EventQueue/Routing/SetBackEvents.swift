import MariaDBClient

/// Events that an app has set back to `pending` while deliveries of them are open.
struct SetBackEvents: Sendable {
    private let lanesSQL: @Sendable (String) -> String
    private let deleteSQL: String

    init(tables: Tables) {
        lanesSQL = {
            "SELECT id, lane_key FROM \(tables.lanes) FORCE INDEX (event_lane_key) WHERE lane_key IN (\($0))"
        }
        deleteSQL = "DELETE FROM \(tables.deliveries) WHERE lane_id = ? AND event_id = ?"
    }

    /// Takes their deliveries out of the lanes in which they wait by themselves for another attempt: in the lanes that they are routed
    /// into now they would be a second time. Those lanes are removed by whoever claims them next.
    func callBack(_ events: [Int64], on connection: Connection) throws {
        guard !events.isEmpty else { return }
        var waiting: [(lane: Int64, event: Int64)] = []
        for chunk in IdentifierList.chunks(of: events) {
            // A chunk repeats its last number up to its size.
            let byKey = Dictionary(chunk.map { (LaneKey.single(eventID: $0).text, $0) }) { $1 }
            try connection.query(
                lanesSQL(IdentifierList.placeholders(chunk.count)),
                chunk.map { .text(LaneKey.single(eventID: $0).text) }
            ) { row in
                if let event = byKey[row.text(1)] { waiting.append((row.integer(0), event)) }
            }
        }
        waiting.sort { $0 < $1 }
        try connection.bulk(deleteSQL, [.integers(waiting.map(\.lane)), .integers(waiting.map(\.event))])
    }
}
