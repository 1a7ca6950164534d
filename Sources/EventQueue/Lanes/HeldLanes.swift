import MariaDBClient

/// Which claims are in force: the epoch is that of the claim, and the lane was not given back. The latter is what a repetition
/// after a lost COMMIT finds where the lane was given back in that very transaction.
struct HeldLanes {
    let worker: Int64
    private var rows: [Int64: (epoch: Int64, turn: Int64)] = [:]

    init(worker: Int64) {
        self.worker = worker
    }

    mutating func take(_ row: borrowing Row) {
        if row.integer(2) == worker { rows[row.integer(0)] = (row.integer(1), row.integer(3)) }
    }

    /// How often deliveries were put into the lane; nil where the claim is not in force.
    func turn(of lane: Lane) -> Int64? {
        rows[lane.id].flatMap { $0.epoch == lane.epoch ? $0.turn : nil }
    }
}
