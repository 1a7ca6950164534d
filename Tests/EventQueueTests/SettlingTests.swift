import MariaDBClient
import QueueFixtures
import Testing

@testable import EventQueue

extension EventQueueTests {
    @Suite struct Settling {
        private let retry = Settlement.Result.retry(reason: "timeout", message: "no answer", delay: .seconds(60))
        private let dead = Settlement.Result.dead(reason: "rejected", message: "no")
        private let state = """
            SELECT status, attempts, COALESCE(error_message, '-'), scheduled_at > UTC_TIMESTAMP(), processed_at IS NOT NULL,
                open_deliveries, dead_deliveries FROM {event_queue}
            """

        @Test func `delivered by both is processed`() async throws {
            try await withEvent { queue, a, b in
                try await queue.settle(a, .delivered(detail: "HTTP 200"))
                #expect(try await queue.rows(state, columns: 7) == ["processing 0 - - 0 1 0"])
                try await queue.settle(b, .delivered(detail: ""))
                #expect(try await queue.rows(state, columns: 7) == ["processed 0 - - 1 0 0"])
                #expect(try await queue.count("{event_delivery}") == 0)
                #expect(
                    try await queue.rows(
                        "SELECT listener, attempt, outcome, message, milliseconds, worker FROM {delivery_attempt} ORDER BY finished_at",
                        columns: 6) == ["a 1 delivered HTTP 200 5 1", "b 1 delivered  5 1"])
            }
        }

        @Test func `one at a time, over and over, with ids of more than 32 bits`() async throws {
            try await TestQueue.with { queue in
                try await queue.execute("ALTER TABLE {event_queue} AUTO_INCREMENT = 5000000000")
                try await queue.execute("ALTER TABLE {event_lane} AUTO_INCREMENT = 6000000000")
                for round in 1...6 {
                    let id = try await queue.accept("e", key: "k")
                    #expect(id >= 5_000_000_000)
                    try await queue.route()
                    let lane = try #require(try await queue.claim().first)
                    #expect(lane.lane.id >= 6_000_000_000)
                    #expect(lane.deliveries.map(\.eventID) == [id])
                    try await queue.settle(lane, .delivered(detail: ""))
                    #expect(try await queue.count("{event_queue} WHERE status = 'processed'") == round)
                    #expect(try await queue.count("{event_delivery}") == 0)
                    #expect(try await queue.count("{delivery_attempt} WHERE event_id = \(id)") == 1)
                }
            }
        }

        @Test func `one that is to be retried makes the event failed with its next attempt`() async throws {
            try await withEvent { queue, a, b in
                try await queue.settle(a, retry, action: .backOff(delay: .seconds(60)))
                #expect(try await queue.rows(state, columns: 7) == ["failed 1 a: timeout: no answer 1 0 2 0"])
                try await queue.settle(b, .delivered(detail: ""))
                #expect(try await queue.rows(state, columns: 7) == ["failed 1 a: timeout: no answer 1 0 1 0"])
                try await queue.execute("UPDATE {event_lane} SET visible_at = UTC_TIMESTAMP(6) WHERE listener = 'a'")
                let again = try #require(try await queue.claim("a").first)
                try await queue.settle(again, .delivered(detail: ""), attempt: 2)
                #expect(try await queue.rows(state, columns: 7) == ["processed 1 a: timeout: no answer - 1 0 0"])
            }
        }

        @Test func `one that is dead keeps the event failed, whatever the other does`() async throws {
            try await withEvent { queue, a, b in
                try await queue.settle(a, dead, attempt: 3)
                #expect(try await queue.rows(state, columns: 7) == ["failed 3 a: rejected: no - 0 1 1"])
                try await queue.settle(b, .delivered(detail: ""))
                #expect(try await queue.rows(state, columns: 7) == ["failed 3 a: rejected: no - 0 0 1"])
                #expect(try await queue.rows("SELECT listener, attempts FROM {event_dlq}", columns: 2) == ["a 3"])
            }
        }

        @Test(arguments: [32_767, -32_768])
        func `what an app wrote into the counts of its row does not count`(_ number: Int) async throws {
            try await TestQueue.with { queue in
                try await queue.execute(
                    """
                    INSERT INTO {event_queue} (event_name, payload, open_deliveries, dead_deliveries)
                    VALUES ('e', '{}', \(number), \(number))
                    """)
                try await queue.route()
                try await queue.settle(try #require(try await queue.claim().first), dead)
                #expect(
                    try await queue.rows("SELECT status, dead_deliveries FROM {event_queue}", columns: 2) == [
                        "failed 1"
                    ])
            }
        }

        @Test func `both dead are two dead letters, and nothing is scheduled any more`() async throws {
            try await withEvent { queue, a, b in
                try await queue.settle(b, retry, action: .backOff(delay: .zero))
                try await queue.settle(a, dead)
                let again = try #require(try await queue.claim("b").first)
                try await queue.settle(again, dead, attempt: 2)
                #expect(try await queue.rows(state, columns: 7) == ["failed 2 b: rejected: no - 0 0 2"])
                #expect(try await queue.count("{event_dlq}") == 2)
            }
        }

        @Test func `an older claim writes nothing, not even beside the newer one of its lane`() async throws {
            try await withEvent { queue, old, _ in
                try await queue.endLeases()
                let new = try #require(try await queue.claim("a", owner: 1).first)
                #expect(new.lane.epoch == old.lane.epoch + 1)
                let settled = try await queue.settle(old, .delivered(detail: ""))
                #expect(settled.lostLanes == [old.lane])
                #expect(try await queue.count("{event_delivery}") == 2)
                let settler = Settler(tables: queue.tables)
                let (counted, mixed) = try await queue.database.run { connection in
                    let event = old.deliveries[0].eventID
                    let stale = Settlement(
                        lane: old.lane, eventID: event, attempt: 1, result: .delivered(detail: ""), milliseconds: 1)
                    return (
                        try settler.count(
                            [CountedAttempt(lane: old.lane, eventID: event, attempts: 9)], worker: 1, on: connection),
                        try settler.settle(
                            [stale], changes: [LaneChange(lane: new.lane, action: .keep)], lease: .seconds(9),
                            worker: 1,
                            on: connection)
                    )
                }
                #expect(counted == [old.lane])
                #expect(mixed.lostLanes == [old.lane])
                #expect(try await queue.rows("SELECT DISTINCT attempts FROM {event_delivery}") == ["0"])
                #expect(try await queue.count("{delivery_attempt}") == 0)
                #expect(try await queue.rows(state, columns: 7) == ["processing 0 - - 0 2 0"])
            }
        }

        @Test func `attempts that are counted at once take few commits, and a lost lane costs the others nothing`()
            async throws
        {
            try await TestQueue.with { queue in
                try await queue.accept((0..<40).map { NewEvent(name: "e", payload: [0x31], orderingKey: "k\($0)") })
                try await queue.route()
                let claimed = try await queue.claim()
                let lost = claimed[7].lane
                try await queue.execute("UPDATE {event_lane} SET epoch = epoch + 1 WHERE id = \(lost.id)")
                let store = MariaDBDeliveryStore(
                    claims: queue.database, settling: queue.database, tables: queue.tables, owner: 1)
                let commits = """
                    SELECT variable_value FROM information_schema.session_status WHERE variable_name = 'COM_COMMIT'
                    """
                let before = try #require(Int(try await queue.value(commits)))
                let refused = try await withThrowingTaskGroup(of: Lane?.self) { group in
                    for loaded in claimed {
                        let attempt = CountedAttempt(
                            lane: loaded.lane, eventID: loaded.deliveries[0].eventID, attempts: 1)
                        group.addTask { try await store.count(attempt) ? nil : attempt.lane }
                    }
                    return try await group.reduce(into: [Lane]()) { if let lane = $1 { $0.append(lane) } }
                }
                #expect(refused == [lost])
                #expect(try await queue.count("{event_delivery} WHERE attempts = 1 AND lane_id <> \(lost.id)") == 39)
                #expect(try await queue.count("{event_delivery} WHERE attempts = 0") == 1)
                #expect(try #require(Int(try await queue.value(commits))) - before < 20)
            }
        }

        @Test(arguments: [0, 1, 2, 3])
        func `settling again after a lost answer changes nothing`(_ kind: Int) async throws {
            let delay = LaneChange.Action.backOff(delay: .seconds(60))
            let cases: [(Settlement.Result, LaneChange.Action)] = [
                (.delivered(detail: ""), .release), (.delivered(detail: ""), .keep), (retry, delay), (dead, .release),
            ]
            let (result, action) = cases[kind]
            try await withEvent { queue, a, _ in
                try await queue.settle(a, result, action: action)
                let before = try await everything(queue)
                try await queue.settle(a, result, action: action)
                #expect(try await everything(queue) == before)
            }
        }

        @Test func `of a batch that was settled in part only the rest is written`() async throws {
            try await withEvent { queue, a, b in
                try await queue.settle(a, .delivered(detail: "first"), action: .keep)
                let settler = Settler(tables: queue.tables)
                let again = [a, b].map {
                    Settlement(
                        lane: $0.lane, eventID: $0.deliveries[0].eventID, attempt: 1,
                        result: .delivered(detail: "second"), milliseconds: 1)
                }
                let settled = try await queue.database.run {
                    try settler.settle(again, changes: [], lease: .seconds(9), worker: 1, on: $0)
                }
                #expect(settled.lostLanes.isEmpty)
                #expect(
                    try await queue.rows(
                        "SELECT listener, message FROM {delivery_attempt} ORDER BY listener", columns: 2)
                        == ["a first", "b second"])
                #expect(try await queue.count("{event_queue} WHERE status = 'processed'") == 1)
            }
        }

        @Test func `a failed keyless delivery steps aside, those behind it go on`() async throws {
            try await TestQueue.with { queue in
                let ids = try await queue.accept((0..<4).map { _ in NewEvent(name: "e", payload: [0x31]) })
                try await queue.route()
                for lane in try await queue.claim() { try await queue.settle(lane, retry) }
                // The lanes are ready again, for those that were behind.
                let rest = try await queue.claim()
                #expect(Set(rest.flatMap { $0.deliveries.map(\.eventID) }) == Set(ids[2...]))
                #expect(
                    try await queue.rows(
                        """
                        SELECT lane_key, d.attempts, visible_at > UTC_TIMESTAMP() + INTERVAL 50 SECOND FROM {event_lane} l
                        JOIN {event_delivery} d ON d.lane_id = l.id WHERE lane_key LIKE 'e:%' ORDER BY lane_key
                        """, columns: 3) == ids[..<2].map { "e:\($0) 1 1" })
                try await queue.execute(
                    "UPDATE {event_lane} SET visible_at = UTC_TIMESTAMP(6) WHERE lane_key LIKE 'e:%'")
                for lane in try await queue.claim() { try await queue.settle(lane, .delivered(detail: ""), attempt: 2) }
                #expect(try await queue.count("{event_lane} WHERE lane_key LIKE 'e:%'") == 0)
            }
        }

        @Test func `a delivery whose event is gone vanishes with it`() async throws {
            try await withEvent { queue, a, _ in
                try await queue.execute("DELETE FROM {event_queue}")
                try await queue.settle(a, .vanished)
                #expect(try await queue.count("{event_delivery}") == 1)
                #expect(try await queue.count("{delivery_attempt}") == 0)
            }
        }

        @Test func `an event without open deliveries has not failed, whoever says so too late`() async throws {
            try await TestQueue.with { queue in
                _ = try await queue.accept([NewEvent(name: "e", payload: [0x31], orderingKey: "k")])
                try await queue.route()
                let lane = try #require(try await queue.claim().first)
                try await queue.execute("DELETE FROM {event_delivery}")
                try await queue.execute("UPDATE {event_queue} SET status = 'processed', open_deliveries = 0")
                try await queue.settle(lane, retry)
                #expect(try await queue.rows("SELECT status FROM {event_queue}", columns: 1) == ["processed"])
            }
        }

        @Test func `what a listener says is cut to what fits`() async throws {
            try await withEvent { queue, a, b in
                let family = String(repeating: "👨‍👩‍👧‍👦", count: 500)
                try await queue.settle(a, .dead(reason: String(repeating: "é", count: 99) + "x", message: family))
                try await queue.settle(
                    b, .dead(reason: String(repeating: "r", count: 99), message: String(repeating: "m", count: 100_000))
                )
                #expect(
                    try await queue.rows(
                        "SELECT reason, CHAR_LENGTH(error_message) FROM {event_dlq} ORDER BY listener", columns: 2)
                        == ["x 500", String(repeating: "r", count: 32) + " 500"])
                #expect(try await queue.count("{delivery_attempt} WHERE CHAR_LENGTH(message) = 500") == 2)
            }
        }

        @Test func `a dead letter of thousands of attempts carries the last ones`() async throws {
            try await withEvent { queue, a, _ in
                try await queue.execute(
                    """
                    INSERT INTO {delivery_attempt} (event_id, listener, finished_at, attempt, outcome, message)
                    SELECT id, 'a', '2026-01-01' + INTERVAL seq SECOND, seq, 'retry', REPEAT(CHAR(1), 500)
                    FROM {event_queue}, seq_1_to_3000
                    """)
                try await queue.settle(a, dead, attempt: 3001)
                #expect(
                    try await queue.rows(
                        """
                        SELECT JSON_LENGTH(history), JSON_VALUE(history, '$[0].attempt'), JSON_VALUE(history, '$[299].attempt'),
                            LENGTH(history) < 1 << 20
                        FROM {event_dlq}
                        """, columns: 4) == ["300 2702 3001 1"])
            }
        }

        /// One event for listeners a and b, both lanes claimed.
        private func withEvent(
            _ body: (TestQueue, LoadedLane, LoadedLane) async throws -> Void
        ) async throws {
            try await TestQueue.with { queue in
                try await queue.accept("e", "{\"n\":1}", key: "k")
                try await queue.route(to: ["a", "b"])
                let a = try #require(try await queue.claim("a").first)
                let b = try #require(try await queue.claim("b").first)
                try await body(queue, a, b)
            }
        }

        private func everything(_ queue: TestQueue) async throws -> [String] {
            try await queue.rows(state, columns: 7)
                + queue.rows("SELECT lane_id, event_id, attempts FROM {event_delivery} ORDER BY 1, 2", columns: 3)
                + queue.rows("SELECT listener, attempt, finished_at FROM {delivery_attempt}", columns: 3)
                + queue.rows("SELECT id, owner, epoch FROM {event_lane} ORDER BY id", columns: 3)
                + queue.rows("SELECT id FROM {event_dlq}")
        }
    }
}
