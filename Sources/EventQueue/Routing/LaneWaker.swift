import EventModel
import MariaDBClient

/// Wakes lanes that deliveries were put into, or leases them at once to the worker that routes.
///
/// Whoever gives a lane back parks it under its row lock after looking for deliveries; here the same row is locked after the
/// deliveries were inserted: whichever comes second sees what the first has done. So a parked lane holds just what this
/// transaction has put in.
struct LaneWaker: Sendable {
    /// What is found of a lane after it was woken.
    struct Woken: Sendable {
        let lane: Lane
        let turn: Int64
        /// It was parked, and this very leasing has made it ours.
        let isLeased: Bool
        /// It belongs to us, also when it did before.
        let isOurs: Bool
        /// Nobody holds it: it is to be claimed.
        let isReady: Bool
    }

    /// Lanes that are to be leased where they are parked.
    struct Leasing: Sendable {
        /// Tells this leasing from all others, also where its COMMIT was not answered.
        let mark = Int64.random(in: 1...Int64.max)
        let lanes: [Int64]
        let owner: Int64
        let lease: Duration
        /// The last event that was put in.
        let through: Int64
    }

    private let wakeSQL: String
    private let leaseSQL: String
    private let readSQL: String

    init(tables: Tables) {
        let parked = "visible_at = \(SettlerStatements.parked)"
        wakeSQL = """
            UPDATE \(tables.lanes) FORCE INDEX (PRIMARY)
            SET visible_at = IF(\(parked), UTC_TIMESTAMP(6), visible_at), turns = turns + 1, active_at = UTC_TIMESTAMP()
            WHERE id IN (?)
            """
        // MariaDB assigns from left to right: lease_mark is set before those that ask for it, visible_at after it was asked.
        leaseSQL = """
            UPDATE \(tables.lanes) FORCE INDEX (PRIMARY)
            SET lease_mark = IF(\(parked) AND id IN (?), ?, lease_mark),
                epoch = epoch + (lease_mark = ?), owner = IF(lease_mark = ?, ?, owner),
                suspect_through = IF(lease_mark = ?, GREATEST(suspect_through, in_flight_through), suspect_through),
                in_flight_through = IF(owner = ?, GREATEST(in_flight_through, ?), in_flight_through),
                visible_at = IF(lease_mark = ?, UTC_TIMESTAMP(6) + INTERVAL ? MICROSECOND,
                    IF(\(parked), UTC_TIMESTAMP(6), visible_at)),
                turns = turns + 1, active_at = UTC_TIMESTAMP()
            WHERE id IN (?)
            """
        readSQL = """
            SELECT id, listener, lane_key, epoch, suspect_through, turns, lease_mark = ?,
                owner = ? AND visible_at > UTC_TIMESTAMP(6), visible_at <= UTC_TIMESTAMP(6)
            FROM \(tables.lanes) FORCE INDEX (PRIMARY) WHERE id IN (?)
            """
    }

    /// Makes parked lanes ready; those that somebody holds, or that wait, stay as they are.
    ///
    /// - Parameter leasing: which of them to lease instead; what has become of all of them is read then.
    func wake(_ ids: [Int64], leasing: Leasing? = nil, in script: inout Script) {
        guard !ids.isEmpty else { return }
        guard let leasing else {
            script.add(wakeSQL, .list(ids))
            return
        }
        let (mark, owner) = (Script.Value.integer(leasing.mark), Script.Value.integer(leasing.owner))
        script.add(
            leaseSQL, .list(leasing.lanes), mark, mark, mark, owner, mark, owner, .integer(leasing.through), mark,
            .integer(leasing.lease.microseconds), .list(ids))
        script.add(readSQL, mark, owner, .list(ids))
    }

    /// Reads what has become of lanes that were to be leased.
    func read(_ leasing: Leasing, in script: inout Script) {
        script.add(readSQL, .integer(leasing.mark), .integer(leasing.owner), .list(leasing.lanes))
    }

    /// A row of what was read.
    static func woken(_ row: borrowing Row) -> Woken {
        Woken(
            lane: Lane(row), turn: row.integer(5), isLeased: row.integer(6) != 0, isOurs: row.integer(7) != 0,
            isReady: row.integer(8) != 0)
    }
}
