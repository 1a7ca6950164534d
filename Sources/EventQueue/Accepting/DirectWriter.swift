import EventModel
public import FoundationEssentials
public import MariaDBClient

/// Writes a keyless event that is delivered within its request: accepted, routed and claimed in one transaction.
///
/// Each of its deliveries has a lane of its own, ours from the start. Nothing orders a keyless event, so the router is not asked.
public struct DirectWriter: Sendable {
    private let writer: EventWriter
    private let tables: Tables

    public init(tables: Tables) {
        writer = EventWriter(tables: tables)
        self.tables = tables
    }

    /// - Returns: the answer, and the claimed lanes; none where the event is for later or was accepted before.
    public func write(
        _ event: NewEvent, listeners: [String], owner: Int64, lease: Duration, on connection: Connection, now: Date
    ) throws -> (Acceptance, [LoadedLane]) {
        try connection.transaction(isPatient: false) { connection in
            let answer = try writer.write([event], inTransactionOn: connection, now: now)[0]
            guard case .accepted(let id, _, "pending") = answer else { return (answer, []) }
            let key = LaneKey.single(eventID: id)
            var claimed: [LoadedLane] = []
            for listener in listeners {
                let laneID = try connection.rows(
                    """
                    INSERT INTO \(tables.lanes) (listener, lane_key, visible_at, epoch, owner, in_flight_through)
                    VALUES (?, ?, UTC_TIMESTAMP(6) + INTERVAL ? MICROSECOND, 1, ?, ?) RETURNING id
                    """,
                    [.text(listener), .text(key.text), .integer(lease.microseconds), .integer(owner), .integer(id)]
                ) { $0.integer(0) }[0]
                try connection.query(
                    "INSERT INTO \(tables.deliveries) (lane_id, event_id) VALUES (?, ?)",
                    [.integer(laneID), .integer(id)])
                let delivery = OpenDelivery(
                    laneID: laneID, eventID: id, attempts: 0, event: event.accepted(id: id, at: now))
                claimed.append(
                    LoadedLane(
                        lane: Lane(id: laneID, listener: listener, key: key, epoch: 1), deliveries: [delivery],
                        hasMore: false))
            }
            try connection.query(
                """
                UPDATE \(tables.events) SET open_deliveries = ?,
                    status = IF(open_deliveries = 0, 'processed', 'processing') WHERE id = ?
                """, [.integer(listeners.count), .integer(id)])
            return (answer, claimed)
        }
    }
}

extension NewEvent {
    func accepted(id: Int64, at date: Date) -> Event {
        Event(
            id: id, uuid: uuid, name: name, payload: payload, instance: instance, tenant: tenant,
            orderingKey: orderingKey, requestID: requestID, acceptedAt: date, maxAttempts: maxAttempts)
    }
}
