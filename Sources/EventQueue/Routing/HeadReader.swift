import EventModel
import MariaDBClient

/// Reads the events that are next to be routed, with plain consistent reads: only the router moves them on.
struct HeadReader: Sendable {
    struct Head: Sendable {
        let event: EventToRoute
        let laneKey: String?
        /// Its time has not come.
        let isLater: Bool
        /// The payload of an event that did not come through our own door, and so was not checked.
        let uncheckedPayload: [UInt8]?
        /// Such a payload is so long that it is read by itself.
        let isPayloadDeferred: Bool
    }

    /// Up to how long payloads are read with their events; longer ones one at a time, so that a turn of the router stays small.
    private static let checkedTogetherBytes = 16 << 10

    private let pendingSQL: String
    private let dueSQL: String
    private let payloadSQL: String

    init(tables: Tables) {
        let columns = """
            id, event_name, instance, tenant_id, ordering_key, COALESCE(scheduled_at > UTC_TIMESTAMP(3), 0),
            IF(source = 'sql' AND OCTET_LENGTH(payload) <= \(Self.checkedTogetherBytes), payload, NULL),
            source = 'sql' AND OCTET_LENGTH(payload) > \(Self.checkedTogetherBytes)
            """
        payloadSQL = "SELECT payload FROM \(tables.events) WHERE id = ?"
        pendingSQL = """
            SELECT \(columns) FROM \(tables.events) FORCE INDEX (event_queue_status)
            WHERE status = 'pending' AND id > ? ORDER BY id LIMIT ?
            """
        dueSQL = """
            SELECT \(columns) FROM \(tables.events) FORCE INDEX (event_queue_scheduled_at)
            WHERE scheduled_at >= COALESCE(UTC_TIMESTAMP(3) - INTERVAL ? MICROSECOND, '0000-00-00')
                AND scheduled_at <= UTC_TIMESTAMP(3) AND status = 'scheduled' ORDER BY scheduled_at, id LIMIT ?
            """
    }

    /// The oldest pending events behind `watermark`.
    func pending(limit: Int, behind watermark: Int64, on connection: Connection) throws -> [Head] {
        guard limit > 0 else { return [] }
        return try connection.rows(pendingSQL, [.integer(watermark), .integer(limit)], Self.head)
    }

    /// Scheduled events whose time has come, not longer ago than `window`.
    func due(within window: Duration, limit: Int, on connection: Connection) throws -> [Head] {
        try connection.rows(dueSQL, [.integer(window.microseconds), .integer(limit)], Self.head)
    }

    /// The payload of an event, to be checked.
    func payload(of head: Head, on connection: Connection) throws -> [UInt8]? {
        guard head.isPayloadDeferred else { return head.uncheckedPayload }
        return try connection.rows(payloadSQL, [.integer(head.event.id)]) { $0.bytes(0) }.first
    }

    private static func head(_ row: borrowing Row) -> Head {
        let event = EventToRoute(
            id: row.integer(0), name: row.text(1), instance: nonEmpty(row.optionalText(2)),
            tenant: nonEmpty(row.optionalText(3)))
        return Head(
            event: event, laneKey: nonEmpty(row.optionalText(4)) ?? event.instance, isLater: row.integer(5) != 0,
            uncheckedPayload: row.isNull(6) ? nil : row.bytes(6),
            isPayloadDeferred: row.integer(7) != 0)
    }

    private static func nonEmpty(_ text: String?) -> String? {
        text.flatMap { $0.isEmpty ? nil : $0 }
    }
}
