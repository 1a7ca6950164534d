import MariaDBClient

/// Tells which events somebody else has locked.
struct LockedEvents: Sendable {
    private let freeSQL: String
    private let presentSQL: String

    init(tables: Tables) {
        let events = "\(tables.events) FORCE INDEX (PRIMARY) WHERE ?"
        freeSQL = "SELECT id FROM \(events) FOR UPDATE SKIP LOCKED"
        presentSQL = "SELECT id FROM \(events)"
    }

    /// Locks those of `events` that nobody else has locked. Returns the others, but for those that are not there.
    func lockOthers(_ events: [Int64], on connection: Connection) throws -> Set<Int64> {
        guard !events.isEmpty else { return [] }
        var script = Script()
        script.add(freeSQL, .among(column: "id", events))
        script.add(presentSQL, .among(column: "id", events))
        var free: Set<Int64> = []
        var present: Set<Int64> = []
        try connection.run(script) { statement, row in
            if statement == 0 { free.insert(row.integer(0)) } else { present.insert(row.integer(0)) }
        }
        return present.subtracting(free)
    }
}
