import EventModel
import EventQueue
import EventWorker
import ListenerKit
import MariaDBClient
import QueueFixtures
import TestServers
import Testing

extension EventWorkerTests {
    @Suite struct Delivering {
        @Test func `a keyed lane keeps its order through random failures, one at a time`() async throws {
            try await TestQueue.with { queue in
                let listener = RecordingListener { delivery in
                    Int.random(in: 0..<10) == 0 ? .retryable(Failure(.receiverError, "bad luck")) : .delivered()
                }
                let keys = ["a", "b", "c", "d", "e"]
                let events = (0..<500).map {
                    NewEvent(name: "e", payload: [0x31], orderingKey: keys[$0 % 5], maxAttempts: 100)
                }
                let ids = try await queue.accept(events)
                try await queue.withWorker(CurrentSubscriptions(everything: ["a": listener])) {
                    try await waitUntil("all are delivered") { listener.delivered.count >= 500 }
                    try await waitUntil("all are settled") {
                        try await queue.count("{event_queue} WHERE status <> 'processed'") == 0
                    }
                }
                #expect(listener.mostInFlight == 1)
                #expect(Set(listener.delivered).count == 500)
                #expect(listener.delivered.count == 500)
                for (index, key) in keys.enumerated() {
                    let expected = stride(from: index, to: 500, by: 5).map { ids[$0] }
                    let of = listener.calls.filter { $0.event.orderingKey == key }
                    // Repetitions of one follow one another: nothing comes between.
                    var runs: [Int64] = []
                    for call in of where runs.last != call.event.id { runs.append(call.event.id) }
                    #expect(runs == expected)
                }
                #expect(try await queue.count("{event_lane} WHERE owner <> 0") == 0)
            }
        }

        @Test func `the next of an ordered lane does not wait until settlements have come together`() async throws {
            try await TestQueue.with { queue in
                _ = try await queue.accept((0..<3).map { _ in NewEvent(name: "e", payload: [0x31], orderingKey: "k") })
                _ = try await queue.route()
                let listener = RecordingListener { _ in .delivered() }
                var settings = queue.settings().engine
                settings.gathering = .seconds(600)
                let engine = DeliveryEngine(
                    store: MariaDBDeliveryStore(
                        claims: queue.database, settling: queue.database, tables: queue.tables, owner: 1),
                    subscriptions: CurrentSubscriptions(everything: ["a": listener]), settings: settings,
                    time: .system, hints: ClaimHints(), logger: .quiet)
                let running = Task { await engine.run() }
                engine.add(try await queue.claim(owner: 1), leaseEnd: MonotonicTime.system.now + .seconds(30))
                try await waitUntil("all are delivered") { listener.delivered.count == 3 }
                engine.stop()
                await running.value
                #expect(try await queue.count("{event_queue} WHERE status <> 'processed'") == 0)
            }
        }

        @Test func `who finds the routing mutex taken looks again soon, however seldom it polls`() async throws {
            try await TestQueue.with { queue in
                try await queue.accept()
                let listener = RecordingListener()
                let holder = queue.anotherDatabase()
                let lock = queue.named("SELECT 1 FROM {event_routing} WHERE id = 1 FOR UPDATE")
                try await holder.run { connection in
                    try connection.execute("START TRANSACTION")
                    try connection.execute(lock)
                }
                let settings = queue.settings { $0.pollInterval = .seconds(60)...(.seconds(60)) }
                try await queue.withWorker(CurrentSubscriptions(everything: ["a": listener]), settings: settings) {
                    try await Task.sleep(for: .milliseconds(300))
                    #expect(listener.begun.isEmpty)
                    try await holder.run { try $0.execute("ROLLBACK") }
                    try await waitUntil("it is delivered", within: .seconds(10)) { listener.delivered.count == 1 }
                }
                await holder.close()
            }
        }

        @Test func `keyless events overtake one that fails`() async throws {
            try await TestQueue.with { queue in
                let ids = try await queue.accept((0..<50).map { _ in NewEvent(name: "e", payload: [0x31]) })
                let bad = ids[0]
                let listener = RecordingListener { delivery in
                    delivery.event.id == bad && delivery.attempt == 1
                        ? .retryable(Failure(.timeout, "slow"), retryAfter: .milliseconds(300)) : .delivered()
                }
                try await queue.withWorker(CurrentSubscriptions(everything: ["a": listener])) {
                    try await waitUntil("all are delivered") { listener.delivered.count == 50 }
                }
                #expect(listener.delivered.last == bad)
            }
        }

        @Test func `after its last attempt a delivery is a dead letter, a permanent failure at once`() async throws {
            try await TestQueue.with { queue in
                let (hopeless, refused) = (try await queue.accept(maxAttempts: 3), try await queue.accept())
                let listener = RecordingListener { delivery in
                    delivery.event.id == hopeless
                        ? .retryable(Failure(.timeout, "no answer")) : .permanent(Failure(.rejected, "HTTP 400"))
                }
                try await queue.withWorker(CurrentSubscriptions(everything: ["a": listener])) {
                    try await waitUntil("both are dead") { try await queue.count("{event_dlq}") == 2 }
                }
                #expect(
                    try await queue.rows(
                        "SELECT event_id, reason, attempts FROM {event_dlq} ORDER BY event_id", columns: 3)
                        == ["\(hopeless) timeout 3", "\(refused) rejected 1"])
                #expect(listener.calls.filter { $0.event.id == hopeless }.map(\.attempt) == [1, 2, 3])
            }
        }

        @Test func `a hanging listener costs another nothing, and is timed out`() async throws {
            try await TestQueue.with { queue in
                let (hanging, healthy) = (RecordingListener { _ in await hang() }, RecordingListener())
                let listeners = CurrentSubscriptions(
                    everything: ["hanging": hanging, "healthy": healthy], timeout: .milliseconds(400),
                    maximumInFlight: 2)
                try await queue.accept(
                    (0..<100).map { NewEvent(name: "e", payload: [0x31], orderingKey: "\($0 % 7)", maxAttempts: 1) })
                let start = ContinuousClock.now
                try await queue.withWorker(listeners) {
                    try await waitUntil("the healthy one has all") { healthy.delivered.count == 100 }
                    #expect(ContinuousClock.now - start < .seconds(10))
                    try await waitUntil("the first time-outs are settled") { try await queue.count("{event_dlq}") >= 2 }
                }
                #expect(
                    try await queue.rows("SELECT DISTINCT listener, reason FROM {event_dlq}", columns: 2) == [
                        "hanging timeout"
                    ])
                #expect(hanging.calls.count < 100)
            }
        }

        @Test func `a keyless delivery that hangs delays no other of its lane`() async throws {
            try await TestQueue.with { queue in
                let first = try await queue.accept()
                let listener = RecordingListener { $0.event.id == first ? await hang() : .delivered() }
                try await queue.withWorker(CurrentSubscriptions(everything: ["a": listener], timeout: .seconds(60))) {
                    try await waitUntil("the first has begun") { listener.begun == [first] }
                    try await queue.accept((0..<10).map { _ in NewEvent(name: "e", payload: [0x31]) })
                    try await waitUntil("the others are delivered", within: .seconds(5)) {
                        listener.delivered.count == 10
                    }
                }
            }
        }

        @Test func `a backlog is routed as it is delivered, not all at once`() async throws {
            try await TestQueue.with { queue in
                let (opened, count) = (Wakeup(), 400)
                let gate = Task { await opened.wait() }
                let listener = RecordingListener { _ in
                    await gate.value
                    return .delivered()
                }
                let settings = queue.settings {
                    $0.engine.readAhead = 64
                    $0.routeBatch = 10
                    $0.pollInterval = .milliseconds(5)...(.seconds(60))
                }
                try await queue.accept((0..<count).map { _ in NewEvent(name: "e", payload: [0x31]) })
                try await queue.withWorker(CurrentSubscriptions(everything: ["a": listener]), settings: settings) {
                    try await waitUntil("as many as may be are under way") { listener.begun.count == 8 }
                    // Far longer than all of it would take to route.
                    try await Task.sleep(for: .milliseconds(300))
                    #expect(try await queue.count("{event_queue} WHERE status = 'pending'") > count / 2)
                    opened.signal()
                    try await waitUntil("all are delivered", within: .seconds(30)) { listener.delivered.count == count }
                }
            }
        }

        @Test func `a listener that ignores its cancellation is given up`() async throws {
            try await TestQueue.with { queue in
                let release = Wakeup()
                let listener = RecordingListener { delivery in
                    guard delivery.attempt == 1 else { return .delivered() }
                    await Task.detached { await release.wait() }.value
                    return .delivered()
                }
                try await queue.accept(key: "k")
                var settings = queue.settings()
                settings.engine.abandonAfter = .milliseconds(100)
                try await queue.withWorker(
                    CurrentSubscriptions(everything: ["a": listener], timeout: .milliseconds(100)), settings: settings
                ) {
                    try await waitUntil("it is delivered at the second attempt") { listener.delivered.count == 1 }
                    try await waitUntil("it is settled") {
                        try await queue.value("SELECT status FROM {event_queue}") == "processed"
                    }
                    release.signal()
                    try await waitUntil("the first comes too late") { listener.calls.count == 2 }
                }
                #expect(
                    try await queue.rows(
                        "SELECT attempt, outcome, reason FROM {delivery_attempt} ORDER BY finished_at", columns: 3)
                        == ["1 retry timeout", "2 delivered "])
            }
        }

        @Test func `what a stop interrupts is put back, and counts no attempt`() async throws {
            try await TestQueue.with { queue in
                let listener = RecordingListener { _ in await hang() }
                try await queue.accept(key: "k")
                try await queue.accept()
                try await queue.withWorker(CurrentSubscriptions(everything: ["a": listener])) {
                    try await waitUntil("both have begun") { listener.begun.count == 2 }
                }
                #expect(
                    try await queue.rows("SELECT status, attempts FROM {event_queue}", columns: 2) == [
                        "processing 0", "processing 0",
                    ])
                #expect(try await queue.count("{delivery_attempt}") == 0)
                #expect(try await queue.count("{event_delivery} WHERE attempts = 0") == 2)
                #expect(try await queue.claim().count == 2)
            }
        }

        @Test func `what takes the place of a cancelled delivery is not cancelled with it`() async throws {
            try await TestQueue.with { queue in
                let ids = try await queue.accept((0..<2).map { _ in NewEvent(name: "e", payload: [0x31]) })
                _ = try await queue.route()
                let listener = RecordingListener { delivery in
                    if delivery.event.id == ids[0] { _ = await hang() }
                    return .delivered()
                }
                let engine = DeliveryEngine(
                    store: MariaDBDeliveryStore(
                        claims: queue.database, settling: queue.database, tables: queue.tables, owner: 1),
                    subscriptions: CurrentSubscriptions(everything: ["a": listener], maximumInFlight: 1),
                    settings: queue.settings().engine, time: .system, hints: ClaimHints(), logger: .quiet)
                let running = Task { await engine.run() }
                engine.add(try await queue.claim(owner: 1), leaseEnd: MonotonicTime.system.now + .seconds(30))
                try await waitUntil("the first has begun") { listener.begun == [ids[0]] }
                engine.cancelRunning()
                try await waitUntil("both are delivered") { listener.delivered == ids }
                engine.stop()
                await running.value
            }
        }

        @Test func `large payloads arrive whole`() async throws {
            try await TestQueue.with { queue in
                let texts = [16 << 10, (16 << 10) + 1, 300_000].map {
                    "\"" + String(repeating: "é", count: $0 / 2) + "\""
                }
                for text in texts { try await queue.accept("e", text, key: "k") }
                let listener = RecordingListener()
                try await queue.withWorker(CurrentSubscriptions(everything: ["a": listener])) {
                    try await waitUntil("all are delivered") { listener.delivered.count == 3 }
                }
                #expect(listener.calls.map(\.event.payload) == texts.map { Array($0.utf8) })
            }
        }
    }
}
