import EventModel
import ListenerKit
import MariaDBClient
import PrivateDatabase
import QueueFixtures
import Synchronization
import TestServers
import Testing

@testable import EventQueue
@testable import EventWorker

extension EventWorkerTests {
    @Suite struct Recovering {
        @Test func `a delivery that kills its worker each time ends as a dead letter`() async throws {
            try await TestQueue.with { queue in
                let killer = try await queue.accept(key: "k", maxAttempts: 2)
                try await queue.route()
                let listener = RecordingListener { $0.event.id == killer ? await hang() : .delivered() }
                for round in 1...4 {
                    // The engine is dropped in the middle of the delivery, as kill -9 would.
                    let engine = try await startedEngine(queue, listener, owner: Int64(round))
                    try await waitUntil("it has begun") { listener.begun.count == round }
                    engine.cancel()
                    await engine.value
                    let rescue = LaneRescue(tables: queue.tables)
                    let released = try await queue.database.run { try rescue.release(ofDead: Int64(round), on: $0) }
                    #expect(released == 1)
                    #expect(try await queue.value("SELECT attempts FROM {event_delivery}") == "\(round - 1)")
                }
                let engine = try await startedEngine(queue, listener, owner: 9)
                try await waitUntil("it is dead") { try await queue.count("{event_dlq}") == 1 }
                engine.cancel()
                #expect(try await queue.rows("SELECT reason, attempts FROM {event_dlq}", columns: 2) == ["crashed 2"])
                #expect(listener.begun.count == 4)
            }
        }

        @Test func `a suspect that is put back has no attempt counted`() async throws {
            try await TestQueue.with { queue in
                try await queue.accept(key: "k")
                try await queue.route()
                _ = try await queue.claim()
                try await queue.endLeases()
                let listener = RecordingListener { _ in await hang() }
                let store = MariaDBDeliveryStore(
                    claims: queue.database, settling: queue.database, tables: queue.tables, owner: 5)
                let engine = engine(queue, store, listener)
                engine.add(try await queue.claim(owner: 5), leaseEnd: MonotonicTime.system.now + .seconds(30))
                let running = Task { await engine.run() }
                try await waitUntil("it has begun") { listener.begun.count == 1 }
                #expect(try await queue.value("SELECT attempts FROM {event_delivery}") == "1")
                engine.cancelRunning()
                engine.stop()
                await running.value
                #expect(try await queue.value("SELECT attempts FROM {event_delivery}") == "0")
            }
        }

        @Test func `a worker that slept through its lease cannot settle`() async throws {
            try await TestQueue.with { queue in
                try await queue.accept(key: "k")
                try await queue.route()
                let (answer, done) = (Wakeup(), Wakeup())
                let listener = RecordingListener { _ in
                    await answer.wait()
                    done.signal()
                    return .delivered(detail: "late")
                }
                let store = MariaDBDeliveryStore(
                    claims: queue.database, settling: queue.database, tables: queue.tables, owner: 5)
                // Its clock stands still: it believes that the lease is young.
                let zombie = engine(queue, store, listener, time: MonotonicTime { .zero })
                zombie.add(try await queue.claim(owner: 5), leaseEnd: .seconds(15))
                try await queue.endLeases()
                let running = Task { await zombie.run() }
                try await waitUntil("it has begun") { listener.begun.count == 1 }
                let successor = try #require(try await queue.claim(owner: 6).first)
                answer.signal()
                await done.wait()
                try await waitUntil("it has let go") { zombie.isIdle }
                running.cancel()
                #expect(try await queue.count("{delivery_attempt}") == 0)
                #expect(try await queue.settle(successor, .delivered(detail: "right"), owner: 6).lostLanes.isEmpty)
                #expect(try await queue.rows("SELECT message FROM {delivery_attempt}") == ["right"])
            }
        }

        @Test func `a database that is killed and comes back loses nothing`() async throws {
            try await TestDatabase.with { server in
                try await TestQueue.with(on: server) { queue in
                    let listener = RecordingListener { _ in
                        try? await Task.sleep(for: .milliseconds(2))
                        return .delivered()
                    }
                    let events = (0..<300).map { NewEvent(name: "e", payload: [0x31], orderingKey: "\($0 % 10)") }
                    let ids = try await queue.accept(events)
                    try await queue.withWorker(CurrentSubscriptions(everything: ["a": listener])) {
                        try await waitUntil("some are delivered") { listener.delivered.count > 50 }
                        await server.kill()
                        try await server.restart()
                        try await waitUntil("all are processed", within: .seconds(40)) {
                            (try? await queue.count("{event_queue} WHERE status <> 'processed'")) == 0
                        }
                    }
                    #expect(Set(listener.delivered) == Set(ids))
                    // Only what was in flight may have come twice: one of each lane.
                    #expect(listener.delivered.count <= 310)
                }
            }
        }

        @Test func `a row that an app has locked holds up its own lane and nobody else's`() async throws {
            try await TestQueue.with { queue in
                let locked = try await queue.accept(key: "k")
                let second = try await queue.accept(key: "k")
                let others = try await queue.accept(
                    (0..<40).map { NewEvent(name: "e", payload: [0x31], orderingKey: "\($0 % 4)") })
                let isLocked = Atomic(false)
                let listener = RecordingListener { _ in
                    while !isLocked.load(ordering: .relaxed) { try? await Task.sleep(for: .milliseconds(5)) }
                    return .delivered()
                }
                try await queue.withWorker(CurrentSubscriptions(everything: ["a": listener])) {
                    try await waitUntil("all lanes are under way") { listener.begun.count == 5 }
                    try await queue.whileLocked(locked) {
                        isLocked.store(true, ordering: .relaxed)
                        try await waitUntil("the others are written", within: .seconds(30)) {
                            (try? await queue.count("{event_queue} WHERE status = 'processed'")) == others.count
                        }
                        #expect(listener.delivered.filter { $0 == locked || $0 == second } == [locked])
                    }
                    try await waitUntil("all are written", within: .seconds(30)) {
                        (try? await queue.count("{event_queue} WHERE status = 'processed'")) == others.count + 2
                    }
                }
                #expect(listener.delivered.count == others.count + 2)
            }
        }

        @Test func `a lane stays with its worker while settling waits for a row that an app has locked`() async throws {
            try await TestQueue.with { queue in
                try await queue.accept(key: "k")
                try await queue.route()
                let (app, settling) = (queue.anotherDatabase(), queue.anotherDatabase())
                let begin = queue.named("SELECT id FROM {event_queue} FOR UPDATE")
                try await app.run { connection in
                    try connection.execute("START TRANSACTION")
                    try connection.execute(begin)
                }
                var settings = queue.settings().engine
                settings.lease = .seconds(2)
                let listener = RecordingListener()
                let store = MariaDBDeliveryStore(
                    claims: queue.database, settling: settling, tables: queue.tables, owner: 5)
                let engine = DeliveryEngine(
                    store: store, subscriptions: CurrentSubscriptions(everything: ["a": listener]), settings: settings,
                    time: .system, hints: ClaimHints(), logger: .quiet)
                let running = Task { await engine.run() }
                let claimed = try await engine.takeOver {
                    try await store.claim(listener: "a", lanes: 10, depth: settings.depth, lease: settings.lease)
                }
                #expect(claimed.count == 1)
                let start = MonotonicTime.system.now
                try await waitUntil("the lease would be over twice") { MonotonicTime.system.now - start > .seconds(4) }
                #expect(try await queue.claim(owner: 6).isEmpty)
                try await app.run { try $0.execute("ROLLBACK") }
                engine.stop()
                await running.value
                #expect(listener.delivered.count == 1)
                #expect(try await queue.count("{event_queue} WHERE status = 'processed'") == 1)
                for database in [app, settling] { await database.close() }
            }
        }

        private func engine(
            _ queue: TestQueue, _ store: MariaDBDeliveryStore, _ listener: RecordingListener,
            time: MonotonicTime = .system
        ) -> DeliveryEngine {
            DeliveryEngine(
                store: store, subscriptions: CurrentSubscriptions(everything: ["a": listener], timeout: .seconds(600)),
                settings: queue.settings().engine, time: time, hints: ClaimHints(), logger: .quiet)
        }

        /// An engine at work on what is ready, as a task that can be dropped.
        private func startedEngine(
            _ queue: TestQueue, _ listener: RecordingListener, owner: Int64
        ) async throws -> Task<Void, Never> {
            let store = MariaDBDeliveryStore(
                claims: queue.database, settling: queue.database, tables: queue.tables, owner: owner)
            let engine = engine(queue, store, listener)
            engine.add(try await queue.claim(owner: owner), leaseEnd: MonotonicTime.system.now + .seconds(30))
            return Task { await engine.run() }
        }
    }
}
