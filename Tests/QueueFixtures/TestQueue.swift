import EventModel
public import EventQueue
import FoundationEssentials
public import MariaDBClient
public import PrivateDatabase
import Synchronization

/// A queue of its own for one test: freshly migrated tables with their own prefix, in the server of the suite.
public final class TestQueue: Sendable {
    public let server: PrivateDatabase
    public let configuration: DatabaseConfiguration
    public let tables: Tables
    public let database: Database

    private static let count = Mutex(0)

    private init(server: PrivateDatabase, isMigrated: Bool) async throws {
        self.server = server
        configuration = DatabaseConfiguration(server)
        tables = Tables(prefix: "t\(Self.count.withLock { $0 += 1; return $0 })_")
        database = Database(configuration, name: "test")
        if isMigrated { _ = try await Migrator(configuration, tables: tables).up() }
    }

    /// Runs `body` with a new queue.
    public static func with<Result>(
        on server: PrivateDatabase? = nil, isMigrated: Bool = true, isolation: isolated (any Actor)? = #isolation,
        _ body: (TestQueue) async throws -> Result
    ) async throws -> Result {
        let queue = try await TestQueue(server: server ?? DatabaseTrait.server, isMigrated: isMigrated)
        do {
            let result = try await body(queue)
            await queue.database.close()
            return result
        } catch {
            await queue.database.close()
            throw error
        }
    }

    /// A second connection.
    public func anotherDatabase() -> Database { Database(configuration, name: "test-2") }

    /// `sql` with `{event_queue}` and the like spelt as this queue's tables are.
    public func named(_ sql: String) -> String {
        sql.replacing(/{([a-z_]+)}/) { tables.prefix + $0.1 }
    }

    public func execute(_ sql: String) async throws {
        let sql = named(sql)
        try await database.run { try $0.execute(sql) }
    }

    /// The rows of a query, NULL as `-`, columns joined by a space.
    public func rows(_ sql: String, columns: Int = 1) async throws -> [String] {
        let sql = named(sql)
        return try await database.run { connection in
            try connection.rows(sql) { row in
                var texts: [String] = []
                for column in 0..<columns { texts.append(row.optionalText(column) ?? "-") }
                return texts.joined(separator: " ")
            }
        }
    }

    /// The first column of a query's only row.
    public func value(_ sql: String) async throws -> String { try await rows(sql).first ?? "" }

    public func count(_ tableAndCondition: String) async throws -> Int {
        Int(try await value("SELECT COUNT(*) FROM \(tableAndCondition)")) ?? -1
    }

    /// How many rows and index entries this queue's connection has had read so far.
    public func rowsRead() async throws -> Int {
        let read = "SELECT CAST(SUM(variable_value) AS SIGNED) FROM information_schema.session_status"
        return Int(try await value("\(read) WHERE variable_name LIKE 'Handler_read%'")) ?? -1
    }

    /// Accepts events and returns their ids.
    @discardableResult
    public func accept(_ events: [NewEvent]) async throws -> [Int64] {
        let writer = EventWriter(tables: tables)
        let answers = try await database.run { try writer.write(events, on: $0, now: Date()) }
        return answers.map { answer in
            if case .accepted(let id, _, _) = answer { id } else { 0 }
        }
    }

    /// Accepts one event and returns its id.
    @discardableResult
    public func accept(
        _ name: String = "test.event", _ payload: String = "{}", key: String? = nil, instance: String? = nil,
        maxAttempts: Int = 3
    ) async throws -> Int64 {
        try await accept([
            NewEvent(
                name: name, payload: Array(payload.utf8), instance: instance, orderingKey: key, maxAttempts: maxAttempts
            )
        ])[0]
    }

    /// Routes what is pending to `listeners`.
    @discardableResult
    public func route(to listeners: [String] = ["a"], limit: Int = 1000, behind: Int64 = 0) async throws -> Routed {
        let router = Router(tables: tables, sharedLanes: 2)
        return try await database.run {
            try router.route(.init(limit: limit, watermark: behind), resolve: { _ in listeners }, on: $0)
        }
    }

    /// Claims lanes of a listener.
    public func claim(
        _ listener: String = "a", lanes: Int = 100, owner: Int64 = 1, lease: Duration = .seconds(30)
    ) async throws -> [LoadedLane] {
        let claimer = LaneClaimer(tables: tables)
        return try await database.run {
            try claimer.claim(
                listener: listener, lanes: lanes, depth: LaneDepth(ordered: 16, shared: 256), owner: owner,
                lease: lease,
                on: $0)
        }
    }

    /// Runs `body` while an app's open transaction has an event's row locked.
    public func whileLocked(
        _ event: Int64, isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Void
    ) async throws {
        let app = anotherDatabase()
        let lock = named("SELECT 1 FROM {event_queue} WHERE id = \(event) FOR UPDATE")
        try await app.run { connection in
            // Our own sessions end what is left open.
            try connection.execute("SET idle_transaction_timeout = 0")
            try connection.execute("START TRANSACTION")
            try connection.execute(lock)
        }
        let result: Result<Void, any Error>
        do { result = .success(try await body()) } catch { result = .failure(error) }
        try await app.run { try $0.execute("ROLLBACK") }
        await app.close()
        try result.get()
    }

    /// Ends every lease now.
    public func endLeases() async throws {
        try await execute("UPDATE {event_lane} SET visible_at = UTC_TIMESTAMP(6) - INTERVAL 1 SECOND WHERE owner <> 0")
    }

    /// Settles the first delivery of a lane, and gives the lane back.
    @discardableResult
    public func settle(
        _ loaded: LoadedLane, _ result: Settlement.Result, attempt: Int = 1, action: LaneChange.Action = .release,
        owner: Int64 = 1
    ) async throws -> Settled {
        let settler = Settler(tables: tables)
        let settlements = loaded.deliveries.prefix(1).map {
            Settlement(lane: loaded.lane, eventID: $0.eventID, attempt: attempt, result: result, milliseconds: 5)
        }
        return try await database.run {
            try settler.settle(
                settlements, changes: [LaneChange(lane: loaded.lane, action: action)], lease: .seconds(30),
                worker: owner,
                on: $0)
        }
    }
}
