import EventModel
import FoundationEssentials
import MariaDBClient
import QueueFixtures
import Testing

@testable import EventQueue

extension EventQueueTests {
    @Suite struct Routing {
        @Test func `each listener gets each event, in lanes by key, in event order`() async throws {
            try await TestQueue.with { queue in
                var ids: [Int64] = []
                for (key, instance) in [("k", nil), (nil, "i"), ("k", "i"), (nil, nil)] as [(String?, String?)] {
                    ids.append(try await queue.accept(key: key, instance: instance))
                }
                let shared = LaneKey.forEvent(id: ids[3], key: nil, sharedLanes: 2).text
                let routed = try await queue.route(to: ["a", "b"])
                #expect(routed.events == 4)
                #expect(routed.toClaim == ["a", "b"])
                #expect(
                    try await queue.rows("SELECT status, open_deliveries FROM {event_queue}", columns: 2)
                        == Array(repeating: "processing 2", count: 4))
                #expect(
                    try await queue.rows(
                        """
                        SELECT lane_key, listener, d.event_id FROM {event_lane} l JOIN {event_delivery} d ON d.lane_id = l.id
                        ORDER BY lane_key, listener, d.event_id
                        """, columns: 3)
                        == [
                            "k:i a \(ids[1])", "k:i b \(ids[1])", "k:k a \(ids[0])", "k:k a \(ids[2])",
                            "k:k b \(ids[0])",
                            "k:k b \(ids[2])", "\(shared) a \(ids[3])", "\(shared) b \(ids[3])",
                        ])
                #expect(
                    try await queue.rows("SELECT sequence_number FROM {event_queue} ORDER BY id") == [
                        "0", "1", "2", "0",
                    ])
            }
        }

        @Test(
            "a key may begin with anything",
            arguments: ["\u{301}a", "\u{200D}", "\u{FE0F}a", "\u{1F3FB}", "\u{93F}क", "s:1", ":"])
        func oddKeys(key: String) async throws {
            try await TestQueue.with { queue in
                let ids = [
                    try await queue.accept(key: key), try await queue.accept(instance: key),
                    try await queue.accept(key: key, instance: "i"),
                ]
                try await queue.route()
                let lanes = try await queue.claim()
                #expect(lanes.map(\.lane.key) == [.ordered(key)])
                #expect(lanes.map { $0.deliveries.map(\.eventID) } == [ids])
                #expect(try await queue.count("{event_lane}") == 1)
            }
        }

        @Test func `an event whose lane cannot be made is failed, and no other with it`() async throws {
            try await TestQueue.with { queue in
                // Somebody else's idea of what a key should look like.
                try await queue.execute(
                    """
                    CREATE TRIGGER {event_lane}_key BEFORE INSERT ON {event_lane} FOR EACH ROW
                    SET NEW.lane_key = REPLACE(NEW.lane_key, 'bad', 'worse')
                    """)
                for key in ["a", "bad", "b"] { try await queue.accept(key: key) }
                let routed = try await queue.route()
                #expect((routed.events, routed.invalid) == (2, 1))
                #expect(
                    try await queue.rows("SELECT ordering_key, status, error_message FROM {event_queue}", columns: 3)
                        == [
                            "a processing -", "bad failed It could not be routed: no lane for its ordering key",
                            "b processing -",
                        ])
                #expect(try await queue.claim().count == 2)
            }
        }

        @Test func `two routers at once number every instance without gaps, in event order`() async throws {
            try await TestQueue.with { queue in
                let events = (0..<400).map { NewEvent(name: "e", payload: Array("1".utf8), instance: "i\($0 % 3)") }
                try await queue.accept(events)
                let other = queue.anotherDatabase()
                let router = Router(tables: queue.tables, sharedLanes: 2)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for database in [queue.database, other] {
                        group.addTask {
                            while true {
                                let routed = try await database.run {
                                    try router.route(.init(limit: 10), resolve: { _ in ["a"] }, on: $0)
                                }
                                if !routed.isBusy, routed.events == 0 { return }
                            }
                        }
                    }
                    try await group.waitForAll()
                }
                for instance in ["i0", "i1", "i2"] {
                    let numbers = try await queue.rows(
                        "SELECT sequence_number FROM {event_queue} WHERE instance = '\(instance)' ORDER BY id")
                    #expect(numbers == (1...numbers.count).map(String.init))
                }
                #expect(try await queue.count("{event_delivery}") == 400)
                #expect(try await queue.count("{event_lane}") == 3)
                await other.close()
            }
        }

        @Test func `an event that was set back to pending while a delivery of it is open stops nobody`() async throws {
            try await TestQueue.with { queue in
                let first = try await queue.accept(key: "k")
                try await queue.route(to: ["a"])
                try await queue.execute("UPDATE {event_queue} SET status = 'pending'")
                let second = try await queue.accept(key: "k")
                let routed = try await queue.route(to: ["a"])
                #expect(routed.events == 2 && routed.invalid == 0 && routed.toClaim == ["a"])
                #expect(
                    try await queue.rows("SELECT event_id FROM {event_delivery} ORDER BY event_id")
                        == ["\(first)", "\(second)"])
                #expect(
                    try await queue.rows("SELECT status, open_deliveries FROM {event_queue}", columns: 2)
                        == Array(repeating: "processing 1", count: 2))
            }
        }

        @Test(arguments: [1, 3, 8, 9])
        func `events that are set back to pending while they wait for another attempt are delivered once`(
            _ count: Int
        ) async throws {
            try await TestQueue.with { queue in
                try await queue.accept((0..<count).map { _ in NewEvent(name: "e", payload: [0x31]) })
                try await queue.route()
                let retry = Settlement.Result.retry(reason: "failed", message: "no", delay: .seconds(60))
                while case let lanes = try await queue.claim(), !lanes.isEmpty {
                    for lane in lanes { try await queue.settle(lane, retry) }
                }
                try await queue.execute("UPDATE {event_queue} SET status = 'pending', scheduled_at = NULL")
                #expect(try await queue.route().events == count)
                #expect(try await queue.count("{event_delivery}") == count)
                #expect(
                    try await queue.rows("SELECT status, open_deliveries FROM {event_queue}", columns: 2)
                        == Array(repeating: "processing 1", count: count))
                try await queue.execute(
                    "UPDATE {event_lane} SET visible_at = UTC_TIMESTAMP(6) WHERE lane_key LIKE 'e:%'")
                #expect(try await queue.claim().flatMap(\.deliveries).count == count)
            }
        }

        @Test func `an attempt that is under way when its event is set back to pending is not repeated beside it`()
            async throws
        {
            try await TestQueue.with { queue in
                let id = try await queue.accept()
                try await queue.route(to: ["a", "b"])
                for listener in ["a", "b"] {
                    let lane = try #require(try await queue.claim(listener).first)
                    let retry = Settlement.Result.retry(reason: "failed", message: "no", delay: .zero)
                    try await queue.settle(lane, retry)
                }
                let underWay = try #require(try await queue.claim("a").first { !$0.deliveries.isEmpty })
                try await queue.execute("UPDATE {event_queue} SET status = 'pending', scheduled_at = NULL")
                #expect(try await queue.route(to: ["a", "b"]).events == 1)
                #expect(try await queue.claim("a").flatMap(\.deliveries).isEmpty)
                try await queue.settle(underWay, .delivered(detail: ""), attempt: 2)
                let other = try #require(try await queue.claim("b").first { !$0.deliveries.isEmpty })
                #expect(other.deliveries.map(\.eventID) == [id])
                try await queue.settle(other, .delivered(detail: ""))
                #expect(try await queue.rows("SELECT status FROM {event_queue}") == ["processed"])
                #expect(try await queue.count("{delivery_attempt} WHERE outcome = 'delivered'") == 2)
            }
        }

        @Test func `an event that is set back to pending keeps its number among those of its instance`() async throws {
            try await TestQueue.with { queue in
                try await queue.accept([NewEvent(name: "e", payload: [0x31], instance: "i")])
                try await queue.route()
                try await queue.execute("UPDATE {event_queue} SET status = 'pending'")
                try await queue.accept([NewEvent(name: "e", payload: [0x31], instance: "i")])
                try await queue.route()
                #expect(try await queue.rows("SELECT sequence_number FROM {event_queue} ORDER BY id") == ["1", "2"])
            }
        }

        @Test(arguments: ["crm", "SQL", "sql", ""])
        func `whatever an app calls its source but what we do, its payload is looked at`(_ source: String) async throws
        {
            try await TestQueue.with { queue in
                try await queue.execute(
                    "INSERT INTO {event_queue} (event_name, payload, source) VALUES ('e', '{not json', '\(source)')")
                #expect(try await queue.route().invalid == 1)
            }
        }

        @Test func `an event with a negative number is not routed, whatever it is`() async throws {
            try await TestQueue.with { queue in
                try await queue.execute(
                    """
                    INSERT INTO {event_queue} (id, event_name, payload, status, scheduled_at)
                    VALUES (-5, 'e', '1', 'scheduled', '2020-01-01')
                    """)
                #expect(try await queue.route().events == 0)
            }
        }

        @Test(arguments: [1, 2, 4, 8]) func `lanes are shared evenly, by whatever step numbers rise`(_ step: Int64) {
            let keys = (1...400).map { LaneKey.forEvent(id: $0 * step, key: nil, sharedLanes: 4) }
            let counts = Dictionary(grouping: keys) { $0.text }.mapValues(\.count)
            #expect(counts.count == 4)
            #expect(counts.values.allSatisfy { (60...140).contains($0) })
        }

        @Test func `when an event was accepted is told in any year`() async throws {
            try await TestQueue.with { queue in
                try await queue.accept([NewEvent(name: "e", payload: [0x31])])
                try await queue.execute("UPDATE {event_queue} SET create_datetime = '2039-01-01 00:00:00.123'")
                try await queue.route()
                let delivery = try #require(try await queue.claim().first?.deliveries.first)
                #expect(delivery.event?.acceptedAt.timeIntervalSince1970 == 2_177_452_800.123)
            }
        }

        @Test func `an event whose values no table takes is failed, and those behind it are routed`() async throws {
            try await TestQueue.with { queue in
                // A lone surrogate is a character to the server and three to whoever replaces it.
                try await queue.execute(
                    """
                    INSERT INTO {event_queue} (event_name, payload, instance)
                    VALUES ('e', '1', CONVERT(REPEAT(X'EDA080', 64) USING utf8mb4))
                    """)
                let next = try await queue.accept()
                let routed = try await queue.route(to: ["a"])
                #expect(routed.invalid == 1)
                _ = try await queue.route(to: ["a"])
                #expect(
                    try await queue.rows(
                        "SELECT status, scheduled_at IS NULL FROM {event_queue} ORDER BY id", columns: 2)
                        == ["failed 1", "processing 1"])
                let message = try await queue.value("SELECT error_message FROM {event_queue} WHERE id <> \(next)")
                #expect(message.hasPrefix("It could not be routed: "))
                #expect(try await queue.count("{instance_event_sequence}") == 0)
            }
        }

        @Test func `while somebody routes, nobody else does, and nobody waits`() async throws {
            try await TestQueue.with { queue in
                try await queue.accept()
                let other = queue.anotherDatabase()
                let lock = queue.named("SELECT id FROM {event_routing} FOR UPDATE")
                try await other.run {
                    try $0.execute("START TRANSACTION"); try $0.query(lock)
                }
                #expect(try await queue.route().isBusy)
                #expect(try await queue.count("{event_delivery}") == 0)
                try await other.run { try $0.execute("ROLLBACK") }
                #expect(try await queue.route().events == 1)
                await other.close()
            }
        }

        @Test(arguments: ["0000-00-00", "0001-01-01", "1000-01-01", "1900-01-01"])
        func `an event that was due long ago is routed`(_ date: String) async throws {
            try await TestQueue.with { queue in
                // Dates of zeros come from apps without strict mode.
                try await queue.execute(
                    """
                    INSERT INTO {event_queue} (event_name, payload, status, scheduled_at)
                    VALUES ('late', '{}', 'scheduled', '\(date)')
                    """)
                #expect(try await queue.route().events == 1)
            }
        }

        @Test func `an event for later waits for its time, whoever wrote it`() async throws {
            try await TestQueue.with { queue in
                try await queue.execute(
                    """
                    INSERT INTO {event_queue} (event_name, payload, scheduled_at)
                    VALUES ('later', '{}', UTC_TIMESTAMP(3) + INTERVAL 1 HOUR)
                    """)
                try await queue.accept([
                    NewEvent(name: "later", payload: [0x31], scheduledAt: .init(timeIntervalSinceNow: 3600)),
                    NewEvent(name: "past", payload: [0x31], scheduledAt: .init(timeIntervalSinceNow: -60)),
                ])
                let routed = try await queue.route()
                #expect(routed.postponed == 1)
                #expect(routed.events == 1)
                let statuses = "SELECT event_name, status, scheduled_at IS NULL FROM {event_queue} ORDER BY id"
                #expect(
                    try await queue.rows(statuses, columns: 3) == [
                        "later scheduled 0", "later scheduled 0", "past processing 1",
                    ])
                #expect(try await queue.route().events == 0)
                try await queue.execute(
                    "UPDATE {event_queue} SET scheduled_at = UTC_TIMESTAMP(3) WHERE status = 'scheduled'")
                #expect(try await queue.route().events == 2)
                #expect(
                    try await queue.rows(statuses, columns: 3) == [
                        "later processing 1", "later processing 1", "past processing 1",
                    ])
            }
        }

        @Test func `an insert that is no JSON fails with the place, and stops nobody`() async throws {
            try await TestQueue.with { queue in
                try await queue.execute(
                    "INSERT INTO {event_queue} (event_name, payload) VALUES ('bad', '{\"a\":}'), ('good', '[]')")
                let routed = try await queue.route()
                #expect(routed.invalid == 1)
                #expect(routed.events == 1)
                #expect(
                    try await queue.rows("SELECT status, error_message FROM {event_queue} ORDER BY id", columns: 2)
                        == ["failed Invalid JSON payload: expected a value at byte 5", "processing -"])
            }
        }

        @Test func `where nobody listens, an event is processed at once`() async throws {
            try await TestQueue.with { queue in
                try await queue.accept(instance: "i")
                #expect(try await queue.route(to: []).unheard == 1)
                #expect(
                    try await queue.rows(
                        "SELECT status, processed_at IS NOT NULL, sequence_number FROM {event_queue}", columns: 3) == [
                            "processed 1 1"
                        ])
            }
        }

        @Test func `an event that a long transaction commits below the mark is found by the next full read`()
            async throws
        {
            try await TestQueue.with { queue in
                let other = queue.anotherDatabase()
                let insert = queue.named("INSERT INTO {event_queue} (event_name, payload) VALUES ('slow', '{}')")
                try await other.run {
                    try $0.execute("START TRANSACTION"); try $0.execute(insert)
                }
                let late = try await queue.accept()
                #expect(try await queue.route().events == 1)
                try await other.run { try $0.execute("COMMIT") }
                var mark = HeadWatermark()
                #expect(mark.next(now: .seconds(10)) == 0)
                mark.readFully(.milliseconds(20), events: 1, now: .seconds(10))
                mark.routed(through: late, now: .seconds(10))
                mark.routed(through: late, now: .seconds(16))
                #expect(mark.next(now: .seconds(10.5)) == late)
                #expect(try await queue.route(behind: mark.next(now: .seconds(10.9))).events == 0)
                #expect(try await queue.route(behind: mark.next(now: .seconds(11))).events == 1)
                await other.close()
            }
        }

        @Test func `the mark lags behind what was routed`() {
            var mark = HeadWatermark()
            mark.readFully(.seconds(1), events: 0, now: .zero)
            mark.routed(through: 100, now: .zero)
            mark.routed(through: 200, now: .seconds(4.9))
            #expect(mark.next(now: .seconds(0.5)) == 0)
            mark.routed(through: 300, now: .seconds(5))
            #expect(mark.next(now: .seconds(0.5)) == 100)
            #expect(mark.next(now: .seconds(1)) == 0)
        }

        @Test func `the mark is used only after a read from the start that took long for what it found`() {
            var mark = HeadWatermark()
            mark.routed(through: 100, now: .zero)
            mark.routed(through: 200, now: .seconds(5))
            #expect(mark.next(now: .seconds(6)) == 0)
            mark.readFully(.milliseconds(12), events: 500, now: .seconds(6))
            #expect(mark.next(now: .seconds(6.1)) == 0)
            mark.readFully(.milliseconds(12), events: 3, now: .seconds(6.1))
            #expect(mark.next(now: .seconds(6.2)) == 100)
            mark.readFully(.milliseconds(1), events: 0, now: .seconds(7.2))
            #expect(mark.next(now: .seconds(7.3)) == 0)
        }
    }
}
