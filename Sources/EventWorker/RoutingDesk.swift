public import EventModel
public import EventQueue
public import ListenerKit
public import MariaDBClient
import Synchronization

/// The router with what it remembers between two turns.
public final class RoutingDesk: Sendable {
    private let database: Database
    private let router: Router
    private let subscriptions: CurrentSubscriptions
    private let time: MonotonicTime
    private let watermark = Mutex(HeadWatermark())
    private let dueWindow = Mutex(DueWindow())

    /// - Parameter isCautious: see ``Router/init(tables:sharedLanes:isCautious:)``.
    public init(
        database: Database, tables: Tables, sharedLanes: Int, subscriptions: CurrentSubscriptions, time: MonotonicTime,
        isCautious: Bool = false
    ) {
        self.database = database
        router = Router(tables: tables, sharedLanes: sharedLanes, isCautious: isCautious)
        self.subscriptions = subscriptions
        self.time = time
    }

    /// Routes up to `limit` events, oldest first.
    public func route(limit: Int) async throws -> Routed {
        try await database.run { [self] connection in try route(limit: limit, on: connection) }
    }

    /// Does `work` on the connection's thread, which has to wait for nobody meanwhile.
    func occupy(_ work: @escaping @Sendable (DatabaseSession) -> Void) async {
        await withCheckedContinuation { done in
            database.enqueue { session in
                work(session)
                done.resume()
            }
        }
    }

    /// Routes up to `limit` events, oldest first, and hands over what `offer` has room for.
    func route(limit: Int, offer: HandoverOffer? = nil, on connection: Connection) throws -> Routed {
        let mark = watermark.withLock { $0.next(now: time.now) }
        let window = dueWindow.withLock { $0.next(now: time.now) }
        let routed = try router.route(
            .init(limit: limit, watermark: mark, dueWithin: window), offer: offer,
            resolve: { [subscriptions] in subscriptions.active(for: $0.name) }, on: connection)
        dueWindow.withLock { $0.read(window, wasCutOff: routed.isBusy || routed.mayHaveMoreDue) }
        watermark.withLock { watermark in
            if mark == 0 { watermark.readFully(routed.reading.cost, events: routed.reading.events, now: time.now) }
            if routed.lastPendingID > 0 { watermark.routed(through: routed.lastPendingID, now: time.now) }
        }
        return routed
    }
}
