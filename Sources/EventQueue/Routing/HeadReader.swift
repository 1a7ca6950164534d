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
        /// Nobody has looked at its payload.
        let isUnchecked: Bool
        /// The payload, where it was asked for or is unchecked; nil where it is so long that it is read by itself.
        let payload: [UInt8]?
        /// It was routed before, and set back by hand while deliveries of it are open.
        let isOpen: Bool
        /// Its place among those of its instance, where it was routed before; 0 otherwise.
        let sequenceNumber: Int64
        let details: Details?

        init(_ row: borrowing Row, isWhole: Bool) {
            event = EventToRoute(
                id: row.integer(0), name: row.text(1), instance: HeadReader.nonEmpty(row.optionalText(2)),
                tenant: HeadReader.nonEmpty(row.optionalText(3)))
            laneKey = HeadReader.nonEmpty(row.optionalText(4)) ?? event.instance
            isLater = row.integer(5) != 0
            isUnchecked = row.integer(6) != 0
            payload = row.isNull(7) ? nil : row.bytes(7)
            isOpen = row.integer(8) != 0
            sequenceNumber = row.integer(9)
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
            uuid = row.text(10)
            orderingKey = row.optionalText(4)
            requestID = row.optionalText(11)
            acceptedAt = Date(timeIntervalSince1970: Double(row.integer(12)) / 1000)
            maxAttempts = Int(row.integer(13))
        }
    }

    private let pendingSQL: String
    private let furtherSQL: String
    private let dueSQL: String
    private let payloadSQL: String

    init(tables: Tables) {
        // What came through our own door was looked at there; an app may write what it likes into its rows.
        let ours = NewEvent.Source.allCases.map { "'\($0.rawValue)'" }.joined(separator: ", ")
        let isUnchecked = "source NOT IN (\(ours))"
        let columns = { (payload: String) in
            """
            id, event_name, instance, tenant_id, ordering_key, COALESCE(scheduled_at > UTC_TIMESTAMP(3), 0), \(isUnchecked),
            \(payload), open_deliveries <> 0, sequence_number,
            uuid, request_id, TIMESTAMPDIFF(MICROSECOND, '1970-01-01', create_datetime) DIV 1000, max_attempts
            """
        }
        let shortPayload =
            "IF((? OR \(isUnchecked)) AND OCTET_LENGTH(payload) <= \(DeliveryReader.deferredPayloadBytes), payload, NULL)"
        payloadSQL = "SELECT payload FROM \(tables.events) WHERE id = ?"
        let pending = { (payload: String) in
            """
            SELECT \(columns(payload)) FROM \(tables.events) FORCE INDEX (event_queue_status)
            WHERE status = 'pending' AND id > ? ORDER BY id LIMIT ?
            """
        }
        pendingSQL = pending(shortPayload)
        furtherSQL = pending("NULL")
        dueSQL = """
            SELECT \(columns(shortPayload)) FROM \(tables.events) FORCE INDEX (event_queue_scheduled_at)
            WHERE scheduled_at >= COALESCE(UTC_TIMESTAMP(3) - INTERVAL ? MICROSECOND, '0000-00-00')
                AND scheduled_at <= UTC_TIMESTAMP(3) AND status = 'scheduled' AND id > 0
            ORDER BY scheduled_at, id LIMIT ?
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

    /// Reads pending events that are further behind, without payloads: most of them may be thrown away.
    func further(limit: Int, behind id: Int64, on connection: Connection) throws -> [Head] {
        try connection.rows(furtherSQL, [.integer(id), .integer(limit)]) { Head($0, isWhole: false) }
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
