import EventModel
public import EventQueue
import FoundationEssentials
import ListenerKit
import Logging
import MariaDBClient
import Neighbours
import Observability
public import ServiceLifecycle
import Synchronization

/// Delivers events within the request that brought them, in order within their lanes and never overtaking.
///
/// A keyless event gets lanes of its own. One with a key takes its place at the end of its lane: it is accepted among all others,
/// what is before it is routed first, the lane is claimed when nobody holds it, and delivered from its head. What is not done by
/// the deadline goes on without the request.
public final class SyncDeliverer: Service {
    /// What is known when the request is answered.
    public struct Answer: Sendable {
        public let acceptance: Acceptance
        public let status: String
        public let attempts: [EventLookup.Attempt]
        /// Whether each listener has been tried.
        public let isComplete: Bool
    }

    /// Accepts an event as one that is delivered later is accepted.
    ///
    /// Ids are given before COMMIT: what was accepted on two connections could be routed in another order than that of the ids.
    public typealias Accept = @Sendable (NewEvent) async throws -> Acceptance

    private static let beatInterval = Duration.seconds(10)

    private let context: WorkerContext
    private let accept: Accept
    private let active = Mutex<Task<Active, any Error>?>(nil)

    /// What is made at first use, so that a responder starts and answers while the database is away.
    private struct Active: Sendable {
        let session: WorkerSession
        let engine: DeliveryEngine
        let desk: RoutingDesk
        let running: Task<Void, Never>
    }

    public init(_ context: WorkerContext, accept: @escaping Accept) {
        self.context = context
        self.accept = accept
    }

    /// Waits for the end, then lets what is under way finish or puts it back.
    public func run() async throws {
        try? await gracefulShutdown()
        guard let active = try? await active.withLock({ $0 })?.value else { return }
        if await !active.engine.stop(active.running, grace: context.settings.shutdownGrace) {
            context.logger.error("stopping without giving all lanes back")
        }
        await active.session.end(
            summary: Worker.summary(active.engine.totals), leavesLanes: !active.engine.isIdle)
    }

    /// Accepts and delivers `event`. Returns when every listener has been tried, or at the deadline.
    public func deliver(_ event: NewEvent, within limit: Duration) async throws -> Answer {
        let deadline = context.time.now + limit
        let active = try await current()
        let key = event.orderingKey ?? event.instance
        let acceptance =
            if key == nil {
                try await acceptDirectly(event, active)
            } else {
                try await accept(event)
            }
        guard case .accepted(let id, _, let status) = acceptance, status == "pending" else {
            return Answer(acceptance: acceptance, status: "", attempts: [], isComplete: true)
        }
        let laneKey = LaneKey.forEvent(id: id, key: key, sharedLanes: context.settings.sharedLanes)
        do {
            return try await follow(id, laneKey, acceptance: acceptance, active, until: deadline)
        } catch {
            // It is accepted and will be delivered. An error would have the app send it a second time.
            context.logger.warning("an accepted event could not be followed", metadata: [LogKeys.error: "\(error)"])
            return Answer(acceptance: acceptance, status: status, attempts: [], isComplete: false)
        }
    }

    private func acceptDirectly(_ event: NewEvent, _ active: Active) async throws -> Acceptance {
        let writer = DirectWriter(tables: context.settings.tables)
        let (listeners, lease) = (context.subscriptions.active(for: event.name), context.settings.engine.lease)
        let sentAt = context.time.now
        let (acceptance, lanes) = try await active.session.routing.run { connection in
            try writer.write(
                event, listeners: listeners, owner: active.session.id, lease: lease, on: connection, now: Date())
        }
        active.engine.add(lanes, leaseEnd: sentAt + lease)
        return acceptance
    }

    /// Routes and claims what stands before the event and the event itself, until its listeners have been tried.
    private func follow(
        _ id: Int64, _ key: LaneKey, acceptance: Acceptance, _ active: Active, until deadline: Duration
    ) async throws -> Answer {
        var pause = Duration.milliseconds(1)
        let longPause = Duration.milliseconds(200)
        while true {
            let tables = context.settings.tables
            guard
                let trace = try await active.session.routing.run({
                    try EventTrace.read(event: id, key: key, tables: tables, on: $0)
                })
            else { return Answer(acceptance: acceptance, status: "processed", attempts: [], isComplete: true) }
            let untried = trace.openLanes.count - trace.attempts.count { $0.outcome == "retry" }
            let isComplete = trace.status != "pending" && untried <= 0
            if isComplete || context.time.now >= deadline {
                return Answer(
                    acceptance: acceptance, status: trace.status, attempts: trace.attempts, isComplete: isComplete)
            }
            if trace.status == "pending" {
                let routed = try await active.desk.route(limit: context.settings.routeBatch)
                if routed.locked > 0, routed.events == 0 { try await Task.sleep(for: longPause) }
            } else if key.isOrdered {
                _ = try await active.engine.takeOver {
                    try await active.session.store.claim(
                        ids: trace.openLanes, depth: context.settings.engine.depth,
                        lease: context.settings.engine.lease)
                }
            }
            try await Task.sleep(for: pause)
            pause = min(pause * 2, .milliseconds(20))
        }
    }

    private func current() async throws -> Active {
        let task = active.withLock { active in
            if let active { return active }
            let made = Task { try await self.makeActive() }
            active = made
            return made
        }
        do {
            return try await task.value
        } catch {
            active.withLock { active in
                if active == task { active = nil }
            }
            throw error
        }
    }

    private func makeActive() async throws -> Active {
        let session = try await WorkerSession.begin(
            .responder, settings: context.settings, directory: context.directory, logger: context.logger)
        let engine = session.makeEngine(
            subscriptions: context.subscriptions, time: context.time, hints: ClaimHints(), logger: context.logger)
        let desk = RoutingDesk(
            database: session.routing, tables: context.settings.tables, sharedLanes: context.settings.sharedLanes,
            subscriptions: context.subscriptions, time: context.time, isCautious: true)
        return Active(session: session, engine: engine, desk: desk, running: Task { await self.run(engine, session) })
    }

    /// Runs the engine, and says now and then that this responder lives.
    private func run(_ engine: DeliveryEngine, _ session: WorkerSession) async {
        await withDiscardingTaskGroup { group in
            group.addTask {
                while !Task.isCancelled {
                    try? await Task.sleep(for: Self.beatInterval)
                    await session.beat(summary: Worker.summary(engine.totals))
                }
            }
            await engine.run()
            group.cancelAll()
        }
    }
}
