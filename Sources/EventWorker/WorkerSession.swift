import BlockingWork
import EventModel
import EventQueue
import Glibc
import ListenerKit
import Logging
import MariaDBClient
import Neighbours
import Observability

/// A worker's place among the others: its row, its lock, and its connections, one for each duty that must not wait for another.
struct WorkerSession: Sendable {
    let id: Int64
    let kind: WorkerRegistry.Kind
    let settings: WorkerSettings
    let routing: Database
    let care: Database
    let purging: Database
    let store: MariaDBDeliveryStore
    private let all: [Database]
    private let directory: RuntimeDirectory?
    private let lock: LifeLock?

    /// - Parameter routing: a connection that is there already.
    static func begin(
        _ kind: WorkerRegistry.Kind, settings: WorkerSettings, directory: RuntimeDirectory?, routing: Database? = nil,
        logger: Logger
    ) async throws -> WorkerSession {
        let routing = routing ?? Database(settings.database, name: "routing")
        var all = [routing]
        func make(_ name: String) -> Database {
            let database = Database(settings.database, name: name)
            all.append(database)
            return database
        }
        // A cron run does one thing after another: one connection is enough, and sooner there.
        func another(_ name: String) -> Database { kind == .cron ? routing : make(name) }
        let (claims, settling) = (another("claims"), another("settling"))
        // Connects when settling is late, which is when nothing may be before it.
        let renewals = make("renewals")
        // Who takes over from the dead must not wait until a purge is done.
        let (care, purging) = kind == .daemon ? (another("care"), another("purging")) : (routing, routing)
        let (registry, host) = (WorkerRegistry(tables: settings.tables), hostName())
        let id = try await routing.run {
            try Migrator.requireCurrentTables(settings.tables, on: $0)
            return try registry.register(kind, host: host, processID: Int(getpid()), on: $0)
        }
        return WorkerSession(
            id: id, kind: kind, settings: settings, routing: routing,
            care: care, purging: purging,
            store: MariaDBDeliveryStore(
                claims: claims, settling: settling, renewals: renewals, tables: settings.tables, owner: id),
            all: all, directory: directory, lock: directory.flatMap { lifeLock(in: $0, worker: id, logger: logger) })
    }

    /// Nobody takes a worker without a lock for dead: its lanes wait for the end of their leases then.
    private static func lifeLock(in directory: RuntimeDirectory, worker: Int64, logger: Logger) -> LifeLock? {
        do {
            return try LifeLock(in: directory, worker: worker)
        } catch {
            logger.warning(
                "no lock in the runtime directory: workers of this host will not notice at once when this one dies",
                metadata: [LogKeys.error: "\(error)"])
            return nil
        }
    }

    /// Leaves word of a worker that had nothing to do.
    static func note(
        _ kind: WorkerRegistry.Kind, settings: WorkerSettings, summary: String, in database: Database
    ) async throws {
        let (registry, host) = (WorkerRegistry(tables: settings.tables), hostName())
        try await database.run {
            try registry.note(kind, host: host, processID: Int(getpid()), summary: summary, on: $0)
        }
    }

    func makeEngine(
        subscriptions: CurrentSubscriptions, time: MonotonicTime, hints: ClaimHints, logger: Logger
    ) -> DeliveryEngine {
        var engine = settings.engine
        if kind == .daemon {
            engine.lingers = true
            engine.gathering = .milliseconds(20)
        }
        return DeliveryEngine(
            store: store, subscriptions: subscriptions, settings: engine, time: time, hints: hints, logger: logger)
    }

    /// Hears responders of this host ring, where it can.
    func makeDoorbell() throws -> DoorbellListener {
        guard let directory, let bell = try? DoorbellListener(in: directory, worker: id) else {
            return try DoorbellListener()
        }
        return bell
    }

    /// Says that we live.
    func beat(summary: String) async {
        let (registry, id) = (WorkerRegistry(tables: settings.tables), id)
        try? await care.run { try registry.beat(id, summary: summary, on: $0) }
    }

    /// - Parameter leavesLanes: whether lanes are left that could not be given back. They are taken over as those of a dead worker
    ///   are.
    func end(summary: String, leavesLanes: Bool) async {
        if leavesLanes { lock?.leaveBehind() }
        let (registry, id) = (WorkerRegistry(tables: settings.tables), id)
        try? await routing.run { try registry.end(id, summary: summary, on: $0) }
        for database in all { await database.close() }
    }

    private static func hostName() -> String {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return "unknown" }
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
