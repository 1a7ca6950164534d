import MariaDBClient
import QueueFixtures
import Testing

@testable import EventQueue

extension EventQueueTests {
    @Suite struct Operating {
        private let dead = Settlement.Result.dead(reason: "rejected", message: "HTTP 400")

        @Test func `a dead letter holds the payload and every attempt`() async throws {
            try await TestQueue.with { queue in
                try await queue.accept("order.paid", "{\"n\":1}", key: "k")
                try await queue.route()
                for attempt in 1...2 {
                    let lane = try #require(try await queue.claim().first)
                    try await queue.settle(
                        lane, .retry(reason: "timeout", message: "slow", delay: .zero), attempt: attempt,
                        action: .backOff(delay: .zero))
                }
                try await queue.settle(try #require(try await queue.claim().first), dead, attempt: 3)
                let letters = DeadLetters(tables: queue.tables)
                let (list, shown) = try await queue.database.run { connection in
                    let list = try letters.list(status: .pending, limit: 9, on: connection)
                    return (list, try letters.show(list[0].id, on: connection))
                }
                #expect(list.count == 1)
                let letter = try #require(shown)
                #expect(letter.payload == "{\"n\":1}")
                #expect((letter.listener, letter.eventName, letter.reason) == ("a", "order.paid", "rejected"))
                #expect((letter.message, letter.attempts, letter.status) == ("HTTP 400", 3, "pending"))
                let outcomes = try await queue.value(
                    "SELECT CONCAT(JSON_EXTRACT(history, '$[*].attempt'), JSON_EXTRACT(history, '$[*].outcome')) FROM {event_dlq}"
                )
                #expect(outcomes == #"[1, 2, 3]["retry", "retry", "dead"]"#)
            }
        }

        @Test func `who works is listed however many runs of cron came after`() async throws {
            try await TestQueue.with { queue in
                let registry = WorkerRegistry(tables: queue.tables)
                let (daemon, ended) = try await queue.database.run { connection in
                    #expect(try registry.lastSeen(on: connection) == nil)
                    let daemon = try registry.register(.daemon, host: "h", processID: 1, on: connection)
                    let ended = try registry.register(.daemon, host: "h", processID: 2, on: connection)
                    try registry.end(ended, summary: "", on: connection)
                    for number in 1...9 {
                        try registry.note(.cron, host: "h", processID: number, summary: "", on: connection)
                    }
                    return (daemon, ended)
                }
                try await queue.execute("UPDATE {event_worker} SET seen_at = seen_at - INTERVAL id SECOND")
                let (list, last) = try await queue.database.run {
                    (try registry.list(limit: 3, on: $0), try registry.lastSeen(on: $0))
                }
                #expect(list.map(\.kind) == ["daemon", "cron", "cron", "cron"])
                #expect(list.first?.id == daemon)
                #expect(last?.id == daemon)
                #expect(!list.contains { $0.id == ended })
                // What a clock that was ahead has written.
                try await queue.execute(
                    "UPDATE {event_worker} SET seen_at = seen_at + INTERVAL 1 DAY WHERE kind = 'daemon'")
                #expect(try await queue.database.run { try registry.lastSeen(on: $0) }?.kind == "cron")
            }
        }

        @Test func `a daemon has others where another one lives`() async throws {
            try await TestQueue.with { queue in
                let registry = WorkerRegistry(tables: queue.tables)
                func enter(_ kind: WorkerRegistry.Kind) async throws -> Int64 {
                    try await queue.database.run { try registry.register(kind, host: "h", processID: 1, on: $0) }
                }
                func hasOthers(_ id: Int64) async throws -> Bool {
                    try await queue.database.run { try registry.hasOtherDaemons(than: id, on: $0) }
                }
                let first = try await enter(.daemon)
                for kind in [WorkerRegistry.Kind.cron, .responder] { _ = try await enter(kind) }
                #expect(try await !hasOthers(first))
                let (ended, dead) = (try await enter(.daemon), try await enter(.daemon))
                #expect(try await hasOthers(first))
                try await queue.database.run { try registry.end(ended, summary: "", on: $0) }
                #expect(try await hasOthers(first))
                try await queue.execute(
                    "UPDATE {event_worker} SET seen_at = UTC_TIMESTAMP(3) - INTERVAL 31 SECOND WHERE id = \(dead)")
                #expect(try await !hasOthers(first))
                #expect(try await hasOthers(ended))
            }
        }

        @Test(arguments: ["k", nil])
        func `a replayed dead letter is delivered, with all attempts before it`(_ key: String?) async throws {
            try await TestQueue.with { queue in
                try await queue.accept(key: key)
                try await queue.route()
                try await queue.settle(try #require(try await queue.claim().first), dead, attempt: 3)
                let letters = DeadLetters(tables: queue.tables)
                #expect(try await queue.database.run { try letters.replay(.pending(limit: 5), to: ["a"], on: $0) } == 1)
                let state = "SELECT status, open_deliveries, dead_deliveries FROM {event_queue}"
                #expect(try await queue.rows(state, columns: 3) == ["processing 1 0"])
                let lane = try #require(try await queue.claim().first)
                #expect(lane.deliveries.map(\.attempts) == [0])
                try await queue.settle(lane, .delivered(detail: ""))
                #expect(try await queue.rows(state, columns: 3) == ["processed 0 0"])
                #expect(try await queue.value("SELECT status FROM {event_dlq}") == "replayed")
                #expect(try await queue.database.run { try letters.replay(.pending(limit: 5), to: ["a"], on: $0) } == 0)
            }
        }

        @Test func `a dead letter is not put back for a listener that nobody delivers to`() async throws {
            try await TestQueue.with { queue in
                try await queue.accept(key: "k")
                try await queue.route(to: ["a", "gone"])
                for listener in ["a", "gone"] {
                    try await queue.settle(try #require(try await queue.claim(listener).first), dead)
                }
                let letters = DeadLetters(tables: queue.tables)
                func replay(to listeners: Set<String>) async throws -> Int {
                    try await queue.database.run { try letters.replay(.pending(limit: 5), to: listeners, on: $0) }
                }
                #expect(try await replay(to: []) == 0)
                #expect(try await replay(to: ["a", "b"]) == 1)
                #expect(
                    try await queue.rows("SELECT listener, status FROM {event_dlq} ORDER BY listener", columns: 2)
                        == ["a replayed", "gone pending"])
                #expect(
                    try await queue.database.run { try letters.listeners(of: .pending(limit: 1), on: $0) } == ["gone"])
                #expect(try await queue.database.run { try letters.listeners(of: .entry(4711), on: $0) } == [])
            }
        }

        @Test func `deliveries that wait for a listener that is gone are counted`() async throws {
            try await TestQueue.with { queue in
                try await queue.accept(key: "k")
                try await queue.accept(key: "l")
                try await queue.accept(key: "l")
                try await queue.route(to: ["a", "gone", "settled"])
                while case let lanes = try await queue.claim("settled").filter({ !$0.deliveries.isEmpty }),
                    !lanes.isEmpty
                {
                    for lane in lanes { try await queue.settle(lane, .delivered(detail: "")) }
                }
                let stranded = StrandedDeliveries(tables: queue.tables)
                let found = try await queue.database.run { try stranded.count(besides: ["a"], on: $0) }
                #expect(found.map(\.listener) == ["gone"])
                #expect(found.map(\.count) == [3])
                #expect(try await queue.database.run { try stranded.count(besides: [], on: $0) }.count == 2)
            }
        }

        @Test func `failed events that are due already do not keep others from being made due`() async throws {
            try await TestQueue.with { queue in
                try await queue.accept((0..<5).map { NewEvent(name: "e", payload: [0x31], orderingKey: "\($0)") })
                try await queue.route()
                for lane in try await queue.claim() {
                    let retry = Settlement.Result.retry(reason: "failed", message: "no", delay: .seconds(600))
                    try await queue.settle(lane, retry, action: .backOff(delay: .seconds(600)))
                }
                let failed = FailedEvents(tables: queue.tables)
                for expected in [2, 4, 5] {
                    #expect(try await queue.database.run { try failed.reset(limit: 2, on: $0) } == 2)
                    #expect(try await queue.count("{event_queue} WHERE scheduled_at <= UTC_TIMESTAMP(3)") == expected)
                    #expect(try await queue.count("{event_lane} WHERE visible_at <= UTC_TIMESTAMP(6)") == expected)
                }
            }
        }

        @Test func `replaying what was set back by hand does not count its delivery twice`() async throws {
            try await TestQueue.with { queue in
                try await queue.accept(key: "k")
                try await queue.route()
                try await queue.settle(try #require(try await queue.claim().first), dead)
                try await queue.execute("UPDATE {event_queue} SET status = 'pending'")
                try await queue.route()
                let letters = DeadLetters(tables: queue.tables)
                #expect(try await queue.database.run { try letters.replay(.pending(limit: 5), to: ["a"], on: $0) } == 1)
                #expect(try await queue.value("SELECT open_deliveries FROM {event_queue}") == "1")
                try await queue.settle(try #require(try await queue.claim().first), .delivered(detail: ""))
                #expect(try await queue.value("SELECT status FROM {event_queue}") == "processed")
            }
        }

        @Test func `a dead letter is not taken for that of another event that got its number`() async throws {
            try await TestQueue.with { queue in
                try await queue.accept(key: "k")
                try await queue.route()
                try await queue.settle(try #require(try await queue.claim().first), dead)
                try await queue.execute("TRUNCATE {event_queue}")
                #expect(try await queue.accept(key: "another") == 1)
                let letters = DeadLetters(tables: queue.tables)
                #expect(try await queue.database.run { try letters.replay(.pending(limit: 5), to: ["a"], on: $0) } == 0)
                #expect(try await queue.rows("SELECT status FROM {event_dlq}") == ["pending"])
            }
        }

        @Test func `discarding leaves the event failed, and what is gone is not replayed`() async throws {
            try await TestQueue.with { queue in
                for _ in 0..<2 { try await queue.accept(key: "k") }
                try await queue.route()
                let lane = try #require(try await queue.claim().first)
                try await queue.settle(lane, dead)
                try await queue.settle(try #require(try await queue.claim().first), dead)
                let letters = DeadLetters(tables: queue.tables)
                #expect(try await queue.database.run { try letters.discard(.entry(1), on: $0) } == 1)
                #expect(try await queue.rows("SELECT status FROM {event_dlq} ORDER BY id") == ["discarded", "pending"])
                #expect(try await queue.rows("SELECT status FROM {event_queue}") == ["failed", "failed"])
                try await queue.execute("DELETE FROM {event_queue}")
                #expect(try await queue.database.run { try letters.replay(.pending(limit: 5), to: ["a"], on: $0) } == 0)
                #expect(try await queue.rows("SELECT status FROM {event_dlq} ORDER BY id") == ["discarded", "pending"])
                // Nor does it use up what is asked for.
                try await queue.accept(key: "k")
                try await queue.route()
                try await queue.settle(try #require(try await queue.claim().first), dead)
                #expect(try await queue.database.run { try letters.replay(.pending(limit: 1), to: ["a"], on: $0) } == 1)
            }
        }

        @Test func `replaying for one listener leaves the event to be retried for another`() async throws {
            try await TestQueue.with { queue in
                try await queue.accept(key: "k")
                try await queue.route(to: ["a", "b"])
                let (a, b) = (
                    try #require(try await queue.claim("a").first), try #require(try await queue.claim("b").first)
                )
                try await queue.settle(a, dead)
                try await queue.settle(
                    b, .retry(reason: "timeout", message: "", delay: .seconds(600)),
                    action: .backOff(delay: .seconds(600)))
                let letters = DeadLetters(tables: queue.tables)
                #expect(try await queue.database.run { try letters.replay(.pending(limit: 5), to: ["a"], on: $0) } == 1)
                #expect(try await queue.value("SELECT status FROM {event_queue}") == "failed")
                let failed = FailedEvents(tables: queue.tables)
                #expect(try await queue.database.run { try failed.reset(limit: 9, on: $0) } == 1)
            }
        }

        @Test func `what stands still is told from what was dispatched long ago`() async throws {
            try await TestQueue.with { queue in
                func oldest() async throws -> Int64 {
                    try await queue.database.run { [tables = queue.tables] in
                        try QueueStatus.read(tables: tables, on: $0).oldestSeconds
                    }
                }
                // A reminder of last year, being delivered.
                try await queue.execute(
                    """
                    INSERT INTO {event_queue} (event_name, payload, status, open_deliveries, create_datetime)
                    VALUES ('e', '{}', 'processing', 1, '2020-01-01')
                    """)
                #expect(try await oldest() < 60)
                try await queue.execute(
                    """
                    INSERT INTO {event_queue} (event_name, payload, status, scheduled_at)
                    VALUES ('e', '{}', 'scheduled', UTC_TIMESTAMP(3) - INTERVAL 100 SECOND),
                        ('e', '{}', 'scheduled', UTC_TIMESTAMP(3) + INTERVAL 100 SECOND)
                    """)
                #expect((90...160).contains(try await oldest()))
                try await queue.execute("UPDATE {event_queue} SET update_datetime = UTC_TIMESTAMP(3) - INTERVAL 1 HOUR")
                #expect((3590...3700).contains(try await oldest()))
                // A lane that was ready long ago, and that nobody claims: empty ones, and those of a worker that died, are none.
                try await queue.execute("DELETE FROM {event_queue}")
                let id = try await queue.accept(key: "k")
                try await queue.route()
                let early = "visible_at = UTC_TIMESTAMP(6) - INTERVAL 2 HOUR"
                try await queue.execute("UPDATE {event_lane} SET \(early)")
                try await queue.execute(
                    "INSERT INTO {event_lane} (listener, lane_key, visible_at) VALUES ('a', 'k:2', '2020-01-01')")
                #expect(try await oldest() < 60)
                try await queue.execute(
                    "UPDATE {event_queue} SET status = 'failed', update_datetime = '2020-01-01' WHERE id = \(id)")
                #expect((7190...7300).contains(try await oldest()))
            }
        }

        @Test func `an event is found in its lane however many there were when it was routed`() async throws {
            try await TestQueue.with { queue in
                let id = try await queue.accept()
                try await queue.route()
                try await queue.execute("UPDATE {event_lane} SET lane_key = 's:63'")
                let lookup = EventLookup(tables: queue.tables)
                let found = try await queue.database.run { try lookup.find("\(id)", on: $0) }
                #expect(found?.open.map(\.listener) == ["a"])
            }
        }

        @Test func `failed events are made due now, dead ones are not`() async throws {
            try await TestQueue.with { queue in
                for key in ["k", nil, "dead"] { try await queue.accept(key: key) }
                try await queue.route()
                for lane in try await queue.claim() {
                    let isDead = lane.lane.key == .ordered("dead")
                    try await queue.settle(
                        lane, isDead ? dead : .retry(reason: "timeout", message: "", delay: .seconds(600)),
                        action: lane.lane.key == .ordered("k") ? .backOff(delay: .seconds(600)) : .release)
                }
                #expect(try await queue.claim().isEmpty)
                let failed = FailedEvents(tables: queue.tables)
                #expect(try await queue.database.run { try failed.reset(limit: 1, on: $0) } == 1)
                #expect(try await queue.database.run { try failed.reset(limit: 9, on: $0) } == 2)
                #expect(try await queue.claim().count == 2)
                #expect(try await queue.count("{event_queue} WHERE scheduled_at <= UTC_TIMESTAMP(3)") == 2)
            }
        }

        @Test func `a lane that a clock put far away comes back, others stay`() async throws {
            try await TestQueue.with { queue in
                for key in ["far", "held", "near", "parked"] { try await queue.accept(key: key) }
                try await queue.route()
                let parked = try #require(try await queue.claim().last)
                try await queue.settle(parked, .delivered(detail: ""))
                try await queue.execute(
                    """
                    UPDATE {event_lane} SET visible_at = UTC_TIMESTAMP(6) + INTERVAL 1 HOUR
                    WHERE lane_key IN ('k:far', 'k:held')
                    """)
                try await queue.execute("UPDATE {event_lane} SET owner = 0 WHERE lane_key = 'k:far'")
                let rescue = LaneRescue(tables: queue.tables)
                #expect(
                    try await queue.database.run {
                        try rescue.bringBackFarAway(beyond: .seconds(900), lease: .seconds(15), on: $0)
                    } == 2)
                #expect(try await queue.claim().map(\.lane.key) == [.ordered("far")])
                // Its holder has one more lease to renew it in.
                let held = "{event_lane} WHERE lane_key = 'k:held' AND visible_at BETWEEN UTC_TIMESTAMP(6)"
                #expect(try await queue.count(held + " AND UTC_TIMESTAMP(6) + INTERVAL 15 SECOND") == 1)
            }
        }

        @Test func `the lanes of a dead worker are ready at once and before others, those of the living are not`()
            async throws
        {
            try await TestQueue.with { queue in
                for key in ["one", "two", "three"] { try await queue.accept(key: key) }
                try await queue.route()
                let mine = try #require(try await queue.claim(lanes: 1, owner: 1).first)
                _ = try await queue.claim(lanes: 1, owner: 2)
                let rescue = LaneRescue(tables: queue.tables)
                #expect(try await queue.database.run { try rescue.release(ofDead: 1, on: $0) } == 1)
                let taken = try await queue.claim(lanes: 1, owner: 3)
                #expect(taken.map(\.lane.id) == [mine.lane.id])
                #expect(try await queue.claim(owner: 3).count == 1)
                #expect(try await queue.settle(mine, .delivered(detail: "")).lostLanes == [mine.lane])
            }
        }
    }
}
