import EventModel
import FoundationEssentials
import MariaDBClient

/// What ``DeliveryReader`` has read of lanes, as the rows come in.
struct LaneReading {
    private struct Found {
        let laneID: Int64
        let eventID: Int64
        let attempts: Int
    }

    private var found: [Found] = []
    private var lastReads: [Int64: Int64] = [:]
    private var eventsByID: [Int64: (event: Event, isPayloadDeferred: Bool)] = [:]

    var isEmpty: Bool { found.isEmpty }

    /// The ids of the events that are to be read.
    var events: [Int64] { Set(found.map(\.eventID)).sorted() }

    /// The last event that was found in a lane; 0 where none was.
    func lastRead(in lane: Int64) -> Int64 { lastReads[lane] ?? 0 }

    /// From lane, event and attempts.
    mutating func takeDelivery(_ row: borrowing Row) {
        let delivery = Found(laneID: row.integer(0), eventID: row.integer(1), attempts: Int(row.integer(2)))
        found.append(delivery)
        lastReads[delivery.laneID] = max(lastRead(in: delivery.laneID), delivery.eventID)
    }

    /// From the columns of ``DeliveryReader/readEvents(of:in:)``.
    mutating func takeEvent(_ row: borrowing Row) {
        let event = Event(
            id: row.integer(0), uuid: row.text(1), name: row.text(2), payload: row.bytes(3),
            instance: row.optionalText(4), tenant: row.optionalText(5), orderingKey: row.optionalText(6),
            sequenceNumber: row.integer(7), requestID: row.optionalText(8),
            acceptedAt: Date(timeIntervalSince1970: Double(row.integer(10)) / 1000),
            maxAttempts: Int(row.integer(9)))
        eventsByID[event.id] = (event, isPayloadDeferred: row.isNull(3))
    }

    /// The deliveries with their events, by lane.
    var deliveries: [Int64: [OpenDelivery]] {
        Dictionary(
            grouping: found.map { delivery in
                let read = eventsByID[delivery.eventID]
                return OpenDelivery(
                    laneID: delivery.laneID, eventID: delivery.eventID, attempts: delivery.attempts, event: read?.event,
                    isPayloadDeferred: read?.isPayloadDeferred ?? false)
            }, by: \.laneID)
    }
}
