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

    /// Runs `body` with the list of who works.
    public func workers<Result: Sendable>(
        _ body: @escaping @Sendable (WorkerRegistry, Connection) throws -> Result
    ) async throws -> Result {
        let registry = WorkerRegistry(tables: installation.tables)
        return try await database.run { try body(registry, $0) }
    }

    /// Makes failed events due now. Returns how many.
    public func resetFailed(limit: Int) async throws -> Int {
        let failed = FailedEvents(tables: installation.tables)
        return try await database.run { try failed.reset(limit: limit, on: $0) }
    }

    /// How many deliveries wait for listeners that the configuration does not have, or that are switched off.
    func strandedDeliveries() async throws -> [(listener: String, count: Int)] {
        let (stranded, listeners) = (StrandedDeliveries(tables: installation.tables), deliveringListeners)
        return try await database.run { try stranded.count(besides: listeners, on: $0) }
    }

    /// The listeners that deliver.
    public var deliveringListeners: Set<String> { Set(installation.subscriptions.value.listeners.keys) }

    /// Runs `body` with the dead letters.
    public func deadLetters<Result: Sendable>(
        _ body: @escaping @Sendable (DeadLetters, Connection) throws -> Result
    ) async throws -> Result {
        let letters = DeadLetters(tables: installation.tables)
        return try await database.run { try body(letters, $0) }
    }

    /// Accepts an event as the responder would, from the same body and by the same rules, committed when it returns.
    ///
    /// - Throws: ``ErrorAnswer`` where it would be refused.
    public func dispatch(_ body: [UInt8]) async throws -> Acceptance {
        let event = try DispatchReader(limits: installation.dispatchLimits)
            .event(body, from: DispatchOrigin(requestID: EventIdentifier.make(), source: .cli))
        let writer = EventWriter(tables: installation.tables)
        return try await database.run { try writer.write([event], on: $0, now: Date())[0] }
    }

    /// An event by its id or uuid, as `GET /events/{id}` shows it; nil where there is none.
    public func event(_ identifier: String) async throws -> String? {
        let lookup = EventLookup(tables: installation.tables)
        let subscriptions = installation.subscriptions.value
        return try await database.run { try lookup.find(identifier, on: $0) }
            .map { try EventReport.json($0, subscriptions: subscriptions) }
    }
}
