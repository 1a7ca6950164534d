import EventModel
import MariaDBClient

/// Wakes lanes that deliveries were put into, or leases them at once to the worker that routes.
///
/// Whoever gives a lane back parks it under its row lock after looking for deliveries; here the same row is locked after the
/// deliveries were inserted: whichever comes second sees what the first has done. So a parked lane holds just what this
/// transaction has put in.
struct LaneWaker: Sendable {
    /// A lane was removed since its id was found.
    struct LaneGone: Error {}

    /// What was put into one lane: how many, and the first of them.
    struct Filling {
        var first: Int64
        var count: Int
    }

    private let lockSQL: @Sendable (String) -> String
    private let wakeSQL: @Sendable (String) -> String
    private let leaseSQL: String
    private let markSQL: String
    private let reader: DeliveryReader

    init(tables: Tables) {
        lockSQL = {
            """
            SELECT id, listener, lane_key, epoch + 1, GREATEST(in_flight_through, suspect_through), turns + 1,
                visible_at = \(SettlerStatements.parked), owner, visible_at > UTC_TIMESTAMP(6)
            FROM \(tables.lanes) FORCE INDEX (PRIMARY) WHERE id IN (\($0)) ORDER BY id FOR UPDATE
            """
        }
        wakeSQL = {
            """
            UPDATE \(tables.lanes) FORCE INDEX (PRIMARY)
            SET visible_at = IF(visible_at = \(SettlerStatements.parked), UTC_TIMESTAMP(6), visible_at),
                turns = turns + 1, active_at = UTC_TIMESTAMP()
            WHERE id IN (\($0))
            """
        }
        leaseSQL = """
            UPDATE \(tables.lanes) FORCE INDEX (PRIMARY)
            SET visible_at = UTC_TIMESTAMP(6) + INTERVAL ? MICROSECOND, epoch = epoch + 1, owner = ?,
                suspect_through = GREATEST(suspect_through, in_flight_through), in_flight_through = ?
            WHERE id = ?
            """
        markSQL = """
            UPDATE \(tables.lanes) FORCE INDEX (PRIMARY) SET in_flight_through = GREATEST(in_flight_through, ?) WHERE id = ?
            """
        reader = DeliveryReader(tables: tables)
    }

    /// Makes parked lanes ready; those that somebody holds, or that wait, stay as they are.
    ///
    /// - Throws: ``LaneGone``.
    func wake(_ ids: Set<Int64>, on connection: Connection) throws {
        guard try connection.forEachList(of: ids.sorted(), sql: wakeSQL) == ids.count else { throw LaneGone() }
    }

    /// Wakes lanes, but leases parked ones to the worker of `offer` as far as its room goes, and reads for it what is new in lanes
    /// that it holds.
    ///
    /// - Parameter fillings: what was put in, by lane.
    /// - Returns: what is handed over, and the listeners that have lanes to be claimed.
    /// - Throws: ``LaneGone``.
    func wake(
        _ fillings: [Int64: Filling], offer: HandoverOffer, on connection: Connection
    ) throws -> (Handover, toClaim: Set<String>) {
        var room = offer.room
        var toClaim: Set<String> = []
        var taken: [Taken] = []
        try connection.forEachList(of: fillings.keys.sorted(), sql: lockSQL) { row in
            let lane = Lane(row)
            let isParked = row.integer(6) != 0
            let isHeld = !isParked && row.integer(8) != 0
            guard isParked || isHeld && row.integer(7) == offer.owner, let filling = fillings[lane.id] else {
                if !isHeld { toClaim.insert(lane.listener) }
                return
            }
            let left = room[lane.listener] ?? 0
            let limit = min(left, filling.count, offer.depth.limit(for: lane.key))
            room[lane.listener] = left - limit
            if limit > 0 || !isParked {
                taken.append(
                    Taken(lane: lane, turn: row.integer(5), isParked: isParked, filling: filling, limit: limit))
            } else {
                toClaim.insert(lane.listener)
            }
        }
        let read = try reader.read(
            taken.filter { $0.limit > 0 }.map {
                .init(laneID: $0.lane.id, after: $0.filling.first - 1, limit: $0.limit)
            }, on: connection)
        // First, while the lanes that are to be leased are still parked to it: these it makes ready, the rest it leaves.
        try wake(Set(fillings.keys), on: connection)
        try mark(taken, read: read, offer: offer, on: connection)
        return (handover(taken, read: read), toClaim)
    }

    /// A lane that is the offering worker's, or becomes so.
    private struct Taken {
        /// With the epoch that it has once it is leased.
        let lane: Lane
        let turn: Int64
        let isParked: Bool
        let filling: Filling
        let limit: Int
    }

    private func mark(
        _ taken: [Taken], read: [Int64: [OpenDelivery]], offer: HandoverOffer, on connection: Connection
    ) throws {
        let leased = taken.filter(\.isParked)
        try connection.bulk(
            leaseSQL,
            [
                .integers(leased.map { _ in offer.lease.microseconds }), .integers(leased.map { _ in offer.owner }),
                .integers(leased.map { read[$0.lane.id]?.last?.eventID ?? 0 }), .integers(leased.map(\.lane.id)),
            ])
        let held = taken.filter { !$0.isParked && $0.limit > 0 }
        try connection.bulk(
            markSQL, [.integers(held.map { read[$0.lane.id]?.last?.eventID ?? 0 }), .integers(held.map(\.lane.id))])
    }

    private func handover(_ taken: [Taken], read: [Int64: [OpenDelivery]]) -> Handover {
        var handover = Handover()
        for lane in taken {
            let deliveries = read[lane.lane.id] ?? []
            let hasMore = deliveries.count < lane.filling.count
            if lane.isParked {
                handover.claimed.append(
                    LoadedLane(lane: lane.lane, deliveries: deliveries, hasMore: hasMore, turn: lane.turn))
            } else {
                handover.added.append(
                    AddedDeliveries(
                        laneID: lane.lane.id, epoch: lane.lane.epoch - 1, turn: lane.turn, deliveries: deliveries,
                        hasMore: hasMore))
            }
        }
        return handover
    }
}
