import EventModel
import FoundationEssentials
import MariaDBClient

/// Reads the events that are next to be routed, with plain consistent reads: only the router moves them on.
struct HeadReader: Sendable {
    /// An event to be routed. An object, because it is large and goes through many hands.
    final class Head: Sendable {
        let event: EventToRoute
        let laneKey: String?
        /// Its time has not come.
        let isLater: Bool
        /// It did not come through our own door, so nobody has looked at its payload.
        let isUnchecked: Bool
        /// The payload, where it was asked for or is unchecked; nil where it is so long that it is read by itself.
        let payload: [UInt8]?
        let details: Details?

        init(_ row: borrowing Row, isWhole: Bool) {
            event = EventToRoute(
                id: row.integer(0), name: row.text(1), instance: HeadReader.nonEmpty(row.optionalText(2)),
                tenant: HeadReader.nonEmpty(row.optionalText(3)))
            laneKey = HeadReader.nonEmpty(row.optionalText(4)) ?? event.instance
            isLater = row.integer(5) != 0
            isUnchecked = row.integer(6) != 0
            payload = row.isNull(7) ? nil : row.bytes(7)
            details = isWhole ? Details(row) : nil
        }
    }

    /// What a delivery needs beside.
    struct Details: Sendable {
        let uuid: String
        let orderingKey: String?
        let requestID: String?
        let acceptedAt: Date
        let maxAttempts: Int

        init(_ row: borrowing Row) {
            uuid = row.text(8)
            orderingKey = row.optionalText(4)
            requestID = row.optionalText(9)
            acceptedAt = Date(timeIntervalSince1970: Double(row.integer(10)) / 1000)
            maxAttempts = Int(row.integer(11))
        }
    }

    private let pendingSQL: String
    private let dueSQL: String
    private let payloadSQL: String

    init(tables: Tables) {
        let columns = """
            id, event_name, instance, tenant_id, ordering_key, COALESCE(scheduled_at > UTC_TIMESTAMP(3), 0), source = 'sql',
            IF((? OR source = 'sql') AND OCTET_LENGTH(payload) <= \(DeliveryReader.deferredPayloadBytes), payload, NULL),
            uuid, request_id, CAST(UNIX_TIMESTAMP(create_datetime) * 1000 AS SIGNED), max_attempts
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

    /// Reads the oldest pending events behind `watermark`, with all that delivering them needs where `isWhole`.
    func pending(limit: Int, behind watermark: Int64, isWhole: Bool, in script: inout Script) {
        script.add(pendingSQL, .integer(isWhole ? 1 : 0), .integer(watermark), .integer(limit))
    }

    /// Reads scheduled events whose time has come, not longer ago than `window`.
    func due(within window: Duration, limit: Int, isWhole: Bool, in script: inout Script) {
        script.add(dueSQL, .integer(isWhole ? 1 : 0), .integer(window.microseconds), .integer(limit))
    }

    /// The payload of an event, to be checked; nil where it was when it came.
    func uncheckedPayload(of head: Head, on connection: Connection) throws -> [UInt8]? {
        guard head.isUnchecked else { return nil }
        return try head.payload ?? connection.rows(payloadSQL, [.integer(head.event.id)]) { $0.bytes(0) }.first
    }

    private static func nonEmpty(_ text: String?) -> String? {
        text.flatMap { $0.isEmpty ? nil : $0 }
    }
}

extension HeadReader.Head {
    /// A delivery of this event that nobody has tried yet; nil where the head was not read whole.
    func delivery(in lane: Int64, sequenceNumber: Int64) -> OpenDelivery? {
        guard let details else { return nil }
        let event = Event(
            id: event.id, uuid: details.uuid, name: event.name, payload: payload ?? [], instance: event.instance,
            tenant: event.tenant, orderingKey: details.orderingKey, sequenceNumber: sequenceNumber,
            requestID: details.requestID, acceptedAt: details.acceptedAt, maxAttempts: details.maxAttempts)
        return OpenDelivery(
            laneID: lane, eventID: event.id, attempts: 0, event: event, isPayloadDeferred: payload == nil)
    }
}
