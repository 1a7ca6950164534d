import Dispatching
import EventModel
public import EventQueue
import FoundationEssentials
import ListenerKit
public import MariaDBClient
import ServerConfiguration

/// What an operator asks of the queue, over one connection.
public struct Operator: Sendable {
    private let installation: Installation
    private let database: Database

    public init(_ installation: Installation) {
        self.installation = installation
        database = Database(installation.database, name: "operator")
    }

    public func status() async throws -> QueueStatus {
        let tables = installation.tables
        return try await database.run { try QueueStatus.read(tables: tables, on: $0) }
    }

    public func workers(limit: Int) async throws -> [WorkerRegistry.Entry] {
        let registry = WorkerRegistry(tables: installation.tables)
        return try await database.run { try registry.list(limit: limit, on: $0) }
    }

    /// Makes failed events due now. Returns how many.
    public func resetFailed(limit: Int) async throws -> Int {
        let failed = FailedEvents(tables: installation.tables)
        return try await database.run { try failed.reset(limit: limit, on: $0) }
    }

    /// Runs `body` with the dead letters.
    public func deadLetters<Result: Sendable>(
        _ body: @escaping @Sendable (DeadLetters, Connection) throws -> Result
    ) async throws -> Result {
        let letters = DeadLetters(tables: installation.tables)
        return try await database.run { try body(letters, $0) }
    }

    /// Accepts an event as the responder would, committed when it returns.
    public func dispatch(_ event: NewEvent) async throws -> Acceptance {
        let writer = EventWriter(tables: installation.tables)
        return try await database.run { try writer.write([event], on: $0, now: Date())[0] }
    }

    /// An event by its id or uuid, as `GET /events/{id}` shows it; nil where there is none.
    public func event(_ identifier: String) async throws -> String? {
        let lookup = EventLookup(
            tables: installation.tables, sharedLanes: installation.configuration.worker.keylessLanes)
        let subscriptions = installation.subscriptions.value
        return try await database.run { try lookup.find(identifier, on: $0) }
            .map { try EventReport.json($0, subscriptions: subscriptions) }
    }
}
