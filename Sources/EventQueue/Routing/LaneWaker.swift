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
        let id: Int64
        let epoch: Int64
        let suspectThrough: Int64
        let turn: Int64
        /// It was parked, and this very leasing has made it ours.
        let isLeased: Bool
        /// It belongs to us, also when it did before.
        let isOurs: Bool
        /// Nobody holds it: it is to be claimed.
        let isReady: Bool

        /// The claim on it, where it is ours.
        func lane(named name: LaneRegistry.Name) -> Lane {
            Lane(id: id, listener: name.listener, key: name.key, epoch: epoch, suspectThrough: suspectThrough)
        }
    }

    /// Lanes that are to be leased where they are parked.
    struct Leasing: Sendable {
        /// Tells this leasing from all others, also where its COMMIT was not answered.
        let mark = Int64.random(in: 1...Int64.max)
        /// Their ids, rising.
        let lanes: [Int64]
        /// Their names, in the same order.
        let names: [LaneRegistry.Name]
        let owner: Int64
        let lease: Duration
        /// The last event that was put in.
        let through: Int64
    }

    private let wakeSQL: String
    private let leaseSQL: String
    private let leaseSomeSQL: String
    private let readSQL: String

    init(tables: Tables) {
        let parked = "visible_at = \(SettlerStatements.parked)"
        wakeSQL = """
            UPDATE \(tables.lanes) FORCE INDEX (PRIMARY)
            SET visible_at = IF(\(parked), UTC_TIMESTAMP(6), visible_at), turns = turns + 1, active_at = UTC_TIMESTAMP()
            WHERE ?
            """
        // MariaDB assigns from left to right: lease_mark is set before those that ask for it, visible_at after it was asked.
        let lease = { (condition: String) in
            """
            UPDATE \(tables.lanes) FORCE INDEX (PRIMARY)
            SET lease_mark = IF(\(condition), ?, lease_mark),
                epoch = epoch + (lease_mark = ?), owner = IF(lease_mark = ?, ?, owner),
                suspect_through = IF(lease_mark = ?, GREATEST(suspect_through, in_flight_through), suspect_through),
                in_flight_through = IF(owner = ?, GREATEST(in_flight_through, ?), in_flight_through),
                visible_at = IF(lease_mark = ?, UTC_TIMESTAMP(6) + INTERVAL ? MICROSECOND,
                    IF(\(parked), UTC_TIMESTAMP(6), visible_at)),
                turns = turns + 1, active_at = UTC_TIMESTAMP()
            WHERE ?
            """
        }
        leaseSQL = lease(parked)
        leaseSomeSQL = lease("\(parked) AND id IN (?)")
        readSQL = """
            SELECT id, epoch, suspect_through, turns, lease_mark = ?,
                owner = ? AND visible_at > UTC_TIMESTAMP(6), visible_at <= UTC_TIMESTAMP(6)
            FROM \(tables.lanes) FORCE INDEX (PRIMARY) WHERE ?
            """
    }

    /// Makes parked lanes ready; those that somebody holds, or that wait, stay as they are.
    ///
    /// - Parameter leasing: which of them to lease instead; what has become of all of them is read then.
    func wake(_ ids: [Int64], leasing: Leasing? = nil, in script: inout Script) {
        guard !ids.isEmpty else { return }
        guard let leasing else {
            script.add(wakeSQL, .among(column: "id", ids))
            return
        }
        let (mark, owner) = (Script.Value.integer(leasing.mark), Script.Value.integer(leasing.owner))
        let values: [Script.Value] = [
            mark, mark, mark, owner, mark, owner, .integer(leasing.through), mark,
            .integer(leasing.lease.microseconds), .among(column: "id", ids),
        ]
        if leasing.lanes.count == ids.count {
            script.add(leaseSQL, values)
        } else {
            script.add(leaseSomeSQL, [.list(leasing.lanes)] + values)
        }
        script.add(readSQL, mark, owner, .among(column: "id", ids))
    }

    /// Reads what has become of lanes that were to be leased.
    func read(_ leasing: Leasing, in script: inout Script) {
        script.add(readSQL, .integer(leasing.mark), .integer(leasing.owner), .among(column: "id", leasing.lanes))
    }

    /// A row of what was read.
    static func woken(_ row: borrowing Row) -> Woken {
        Woken(
            id: row.integer(0), epoch: row.integer(1), suspectThrough: row.integer(2), turn: row.integer(3),
            isLeased: row.integer(4) != 0, isOurs: row.integer(5) != 0, isReady: row.integer(6) != 0)
    }
}
