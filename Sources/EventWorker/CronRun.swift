import EventModel
import EventQueue
import ListenerKit
import Logging
import MariaDBClient
import Neighbours

/// One run of the worker under cron: at most so many events, the oldest first, then the end.
///
/// Runs may overlap: lanes are leased and routing is serial, so each delivery is made by one of them.
public struct CronRun: Sendable {
    /// What a run did.
    public struct Summary: Sendable {
        /// Events that were looked after.
        public let events: Int
        public let delivered: Int
        public let retried: Int
        public let dead: Int
        /// Events that are not JSON, failed by routing.
        public let invalid: Int
    }

    /// How long a run may purge, when it is its turn: the next run is a minute away.
    private static let purgeLimit = Duration.seconds(20)

    private let context: WorkerContext

    public init(_ context: WorkerContext) {
        self.context = context
    }

    /// Works on at most `limit` events and ends. When cancelled, what is under way is put back and it ends early.
    public func run(limit: Int) async throws -> Summary {
        let database = Database(context.settings.database, name: "routing")
        await takeOver(database)
        guard try await findsWork(database) else {
            try await WorkerSession.note(
                .cron, settings: context.settings, summary: Self.summary(events: 0, .init()), in: database)
            await database.close()
            return Summary(events: 0, delivered: 0, retried: 0, dead: 0, invalid: 0)
        }
        let session = try await WorkerSession.begin(
            .cron, settings: context.settings, directory: context.directory, routing: database, logger: context.logger)
        let engine = session.makeEngine(
            subscriptions: context.subscriptions, time: context.time, hints: ClaimHints(), logger: context.logger)
        let desk = RoutingDesk(
            database: session.routing, tables: context.settings.tables, sharedLanes: context.settings.sharedLanes,
            subscriptions: context.subscriptions, time: context.time, isCautious: true)
        await bringBackFarAway(database)
        var budget = EventBudget(limit: limit)
        var invalid = 0
        let running = Task { await engine.run() }
        let outcome: Result<Void, any Error>
        do {
            try await work(session, engine: engine, desk: desk, budget: &budget, invalid: &invalid)
            outcome = .success(())
        } catch {
            outcome = .failure(error)
        }
        if (try? outcome.get()) == nil { engine.cancelRunning() }
        await stop(engine, running)
        if !Task.isCancelled {
            await RetentionLoop(
                database: session.purging, settings: context.settings, time: context.time, logger: context.logger
            )
            .purgeIfDue(limit: Self.purgeLimit)
        }
        let totals = engine.totals
        await session.end(
            summary: Self.summary(events: budget.admitted.count, totals), leavesLanes: !engine.isIdle)
        try outcome.get()
        return Summary(
            events: budget.admitted.count + invalid, delivered: totals.delivered, retried: totals.retried,
            dead: totals.dead, invalid: invalid)
    }

    /// What was delivered is written, however long the database is away, unless the run is cancelled.
    private func stop(_ engine: DeliveryEngine, _ running: Task<Void, Never>) async {
        engine.stop()
        await withTaskCancellationHandler {
            await running.value
        } onCancel: {
            Task { await engine.stop(running, grace: .zero) }
        }
    }

    /// Takes what is ready in the lanes; where nothing is, routes what is pending; until the budget is used up or both are empty.
    private func work(
        _ session: WorkerSession, engine: DeliveryEngine, desk: RoutingDesk, budget: inout EventBudget,
        invalid: inout Int
    ) async throws {
        var busySince: Duration?
        while budget.remaining > 0, !Task.isCancelled {
            let lanes = try await engine.takeOver {
                budget.admit(try await claim(session, limit: budget.remaining))
            }
            if lanes.isEmpty {
                let routed = try await desk.route(limit: budget.remaining)
                invalid += routed.invalid
                budget.spend(routed.invalid)
                busySince = routed.isBusy ? busySince ?? context.time.now : nil
                if let busySince {
                    guard context.time.now - busySince < RouteLoop.busyLimit else {
                        // The next run is a minute away, and would stand beside this one.
                        context.logger.warning(RouteLoop.busyWarning)
                        return
                    }
                    try await Task.sleep(for: .milliseconds(5))
                } else if routed.events + routed.postponed + routed.invalid == 0 {
                    return
                } else {
                    budget.spend(routed.unheard)
                }
                continue
            }
            busySince = nil
            await engine.waitUntilAtRest()
            // The next run is soon enough, and this one would not end.
            if let failure = engine.preparationFailure { throw failure }
        }
    }

    private func claim(_ session: WorkerSession, limit: Int) async throws -> [LoadedLane] {
        var lanes: [LoadedLane] = []
        let depth = LaneDepth(
            ordered: min(limit, context.settings.engine.depth.ordered),
            shared: min(limit, context.settings.engine.depth.shared))
        for listener in context.subscriptions.value.listeners.keys.sorted() {
            do {
                lanes += try await session.store.claim(
                    listener: listener, lanes: min(limit, ClaimLoop.lanesPerClaim), depth: depth,
                    lease: context.settings.engine.lease)
            } catch {
                // Those that are claimed already are ours, and have to be given back.
                let unconfirmed = error as? UnconfirmedClaim
                throw UnconfirmedClaim(lanes: lanes + (unconfirmed?.lanes ?? []), cause: unconfirmed?.cause ?? error)
            }
        }
        return lanes
    }

    private func findsWork(_ database: Database) async throws -> Bool {
        let settings = context.settings
        let glance = QueueGlance(tables: settings.tables)
        let listeners = Array(context.subscriptions.value.listeners.keys)
        return try await database.run {
            try glance.findsWork(
                for: listeners, longest: settings.longestWait, purgeInterval: settings.retentionInterval, on: $0)
        }
    }

    /// Where nobody but cron works, its runs look after lanes of the dead, and after those that were put too far away.
    private func takeOver(_ database: Database) async {
        guard let directory = context.directory else { return }
        let rescue = LaneRescue(tables: context.settings.tables)
        try? await LifeLock.forEachDead(in: directory) { worker, _ in
            _ = try await database.run { try rescue.release(ofDead: worker, on: $0) }
        }
    }

    private func bringBackFarAway(_ database: Database) async {
        let rescue = LaneRescue(tables: context.settings.tables)
        let (longest, lease) = (context.settings.longestWait, context.settings.engine.lease)
        _ = try? await database.run { try rescue.bringBackFarAway(beyond: longest, lease: lease, on: $0) }
    }

    private static func summary(events: Int, _ totals: DeliveryReport.Totals) -> String {
        "\(events) events, " + Worker.summary(totals)
    }
}
