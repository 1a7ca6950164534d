import MariaDBClient

/// Events that an app has set back to `pending` while deliveries of them are open.
struct SetBackEvents: Sendable {
    private let waitingSQL: @Sendable (String) -> String
    private let deleteSQL: String

    init(tables: Tables) {
        waitingSQL = {
            """
            SELECT d.lane_id, d.event_id, l.listener, l.owner <> 0 AND l.visible_at > UTC_TIMESTAMP(6)
            FROM \(tables.lanes) l FORCE INDEX (event_lane_key) JOIN \(tables.deliveries) d ON d.lane_id = l.id
            WHERE l.lane_key IN (\($0)) FOR UPDATE
            """
        }
        deleteSQL = "DELETE FROM \(tables.deliveries) WHERE lane_id = ? AND event_id = ?"
    }

    /// Takes deliveries out of the lanes in which they wait by themselves for another attempt: in the lanes that their events are routed
    /// into now they would be a second time. Those lanes are removed by whoever claims them next. What somebody is at just now is left
    /// to him, and noted.
    func callBack(_ accepted: inout [RoutingTurn.Accepted], on connection: Connection) throws {
        let open = accepted.indices.filter { accepted[$0].head.isOpen }
        guard !open.isEmpty else { return }
        let places = Dictionary(open.map { (accepted[$0].head.event.id, $0) }) { $1 }
        var waiting: [(lane: Int64, event: Int64)] = []
        for chunk in IdentifierList.chunks(of: Array(places.keys)) {
            try connection.query(
                waitingSQL(IdentifierList.placeholders(chunk.count)),
                chunk.map { .text(LaneKey.single(eventID: $0).text) }
            ) { row in
                let (event, listener) = (row.integer(1), row.text(2))
                guard let place = places[event] else { return }
                if row.integer(3) != 0, accepted[place].listeners.contains(listener) {
                    accepted[place].underWay.insert(listener)
                } else {
                    waiting.append((row.integer(0), event))
                }
            }
        }
        waiting.sort { $0 < $1 }
        try connection.bulk(deleteSQL, [.integers(waiting.map(\.lane)), .integers(waiting.map(\.event))])
    }
}
