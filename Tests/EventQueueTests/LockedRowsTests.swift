import EventModel
import MariaDBClient
import QueueFixtures
import TestServers
import Testing

@testable import EventQueue

extension EventQueueTests {
    /// An app's transaction that stays open with rows of events locked.
    @Suite struct LockedRows {
        @Test func `an event whose row is locked by an app holds up its own lane and nobody else`() async throws {
            try await TestQueue.with { queue in
                let locked = try await queue.accept(key: "k")
                let (second, other) = (try await queue.accept(key: "k"), try await queue.accept(key: "l"))
                let router = Router(tables: queue.tables, sharedLanes: 1)
                func route(behind mark: Int64 = 0) async throws -> Routed {
                    try await queue.database.run {
                        try $0.execute("SET innodb_lock_wait_timeout = 1")
                        let scope = Router.Scope(limit: 10, watermark: mark, dueWithin: nil)
                        return try router.route(scope, resolve: { _ in ["a"] }, on: $0)
                    }
                }
                var late: Int64 = 0
                try await queue.whileLocked(locked) {
                    let routed = try await route()
                    #expect((routed.events, routed.locked) == (1, 2))
                    #expect(try await queue.rows("SELECT event_id FROM {event_delivery}") == ["\(other)"])
                    #expect(try await route().mayHaveMore == false)
                    // It is not forgotten, wherever one begins to look.
                    late = try await queue.accept(key: "k")
                    let behind = try await route(behind: late - 1)
                    #expect((behind.events, behind.locked) == (0, 3))
                }
                #expect(try await route().events == 3)
                #expect(
                    try await queue.rows("SELECT event_id FROM {event_delivery} ORDER BY event_id")
                        == ["\(locked)", "\(second)", "\(other)", "\(late)"])
            }
        }

        @Test func `a backlog behind a locked event, however long, holds up nobody else`() async throws {
            try await TestQueue.with { queue in
                let locked = try await queue.accept(key: "k")
                try await queue.accept((0..<1100).map { _ in NewEvent(name: "e", payload: [0x31], orderingKey: "k") })
                let others = try await queue.accept(
                    (0..<12).map { _ in NewEvent(name: "e", payload: [0x31], orderingKey: "l") })
                let router = Router(tables: queue.tables, sharedLanes: 1, isCautious: true)
                func route() async throws -> Routed {
                    let scope = Router.Scope(limit: 10)
                    return try await queue.database.run { try router.route(scope, resolve: { _ in ["a"] }, on: $0) }
                }
                try await queue.whileLocked(locked) {
                    let routed = try await route()
                    #expect((routed.events, routed.locked, routed.mayHaveMore) == (10, 1101, true))
                    let rest = try await route()
                    #expect((rest.events, rest.mayHaveMore) == (2, false))
                    #expect(
                        try await queue.rows("SELECT event_id FROM {event_delivery} ORDER BY event_id")
                            == others.map(String.init))
                    #expect(try await route().events == 0)
                }
                #expect(try await route().events == 10)
            }
        }

        @Test func `scheduled events behind a locked one hold up nobody else either`() async throws {
            try await TestQueue.with { queue in
                try await queue.execute(
                    """
                    INSERT INTO {event_queue} (event_name, payload, ordering_key, status, scheduled_at)
                    SELECT 'e', '1', 'k', 'scheduled', UTC_TIMESTAMP(3) - INTERVAL 1 HOUR FROM seq_1_to_30
                    """)
                let locked = Int64(try await queue.value("SELECT MIN(id) FROM {event_queue}")) ?? 0
                let due = "INSERT INTO {event_queue} (event_name, payload, ordering_key, status, scheduled_at)"
                try await queue.execute("\(due) VALUES ('e', '1', 'l', 'scheduled', UTC_TIMESTAMP(3))")
                try await queue.accept(key: "m")
                let router = Router(tables: queue.tables, sharedLanes: 1, isCautious: true)
                try await queue.whileLocked(locked) {
                    let routed = try await queue.database.run {
                        try router.route(.init(limit: 10), resolve: { _ in ["a"] }, on: $0)
                    }
                    #expect((routed.events, routed.locked) == (2, 30))
                }
                let rest = try await queue.database.run {
                    try router.route(.init(limit: 10), resolve: { _ in ["a"] }, on: $0)
                }
                #expect(rest.events == 10)
            }
        }

        @Test func `a scheduled event that is locked is not overtaken, whether or not a turn looks for such`()
            async throws
        {
            try await TestQueue.with { queue in
                let due = "INSERT INTO {event_queue} (event_name, payload, ordering_key, status, scheduled_at)"
                try await queue.execute("\(due) VALUES ('e', '1', 'k', 'scheduled', UTC_TIMESTAMP(3))")
                let locked = Int64(try await queue.value("SELECT id FROM {event_queue}")) ?? 0
                try await queue.accept(key: "k")
                let router = Router(tables: queue.tables, sharedLanes: 1, isCautious: true)
                func route(dueWithin window: Duration?) async throws -> Routed {
                    let scope = Router.Scope(limit: 10, dueWithin: window)
                    return try await queue.database.run { try router.route(scope, resolve: { _ in ["a"] }, on: $0) }
                }
                try await queue.whileLocked(locked) {
                    let (first, second) = (
                        try await route(dueWithin: DueWindow.everything), try await route(dueWithin: nil)
                    )
                    #expect((first.locked, second.events) == (2, 0))
                }
                #expect(try await route(dueWithin: nil).events == 2)
            }
        }

        @Test func `what was read on behind what is left out is not overtaken in its lane`() async throws {
            try await TestQueue.with { queue in
                let locked = try await queue.accept(key: "k")
                for _ in 1...10 { try await queue.accept(key: "k") }
                let older = try await queue.accept(key: "m")
                let due = "INSERT INTO {event_queue} (event_name, payload, ordering_key, status, scheduled_at)"
                try await queue.execute("\(due) VALUES ('e', '1', 'm', 'scheduled', UTC_TIMESTAMP(3))")
                let router = Router(tables: queue.tables, sharedLanes: 1, isCautious: true)
                let offer = HandoverOffer(
                    owner: 7, lease: .seconds(30), depth: LaneDepth(ordered: 16, shared: 256), room: ["a": 100])
                try await queue.whileLocked(locked) {
                    let routed = try await queue.database.run {
                        try router.route(.init(limit: 10), offer: offer, resolve: { _ in ["a"] }, on: $0)
                    }
                    #expect(routed.events == 2)
                    let lane = try #require(routed.handover.claimed.first)
                    #expect(lane.deliveries.isEmpty && lane.hasMore)
                    #expect(
                        try await queue.rows("SELECT event_id FROM {event_delivery} ORDER BY event_id LIMIT 1")
                            == ["\(older)"])
                }
            }
        }

        @Test func `an event that is locked each time for a second is locked by an app`() {
            let caution = LockCaution()
            let start = ContinuousClock.now
            #expect(caution.met([1, 2], among: [1, 2, 3], now: start).isEmpty)
            #expect(caution.met([1], among: [1], now: start + .milliseconds(900)).isEmpty)
            #expect(!caution.isInForce)
            #expect(caution.met([1, 3], among: [1, 2, 3], now: start + .seconds(1)) == [1])
            #expect(caution.isInForce)
            // One that was free in between begins anew.
            #expect(caution.met([2], among: [2], now: start + .seconds(2)).isEmpty)
        }

        @Test func `who dies while routing, and whose connection stays, keeps it locked for a moment only`()
            async throws
        {
            try await TestQueue.with { queue in
                try await queue.accept()
                var configuration = queue.configuration
                configuration.idleTransactionTimeout = .seconds(1)
                let dead = Database(configuration, name: "dead")
                let lock = queue.named("SELECT id FROM {event_routing} FOR UPDATE")
                try await dead.run { connection in
                    try connection.execute("START TRANSACTION")
                    try connection.execute(lock)
                }
                #expect(try await queue.route().isBusy)
                try await waitUntil("routing goes on") { try await queue.route().events == 1 }
                await dead.close()
            }
        }

        @Test func `who routes once and ends waits for no lock`() async throws {
            try await TestQueue.with { queue in
                let locked = try await queue.accept(key: "k")
                try await queue.accept(key: "l")
                let router = Router(tables: queue.tables, sharedLanes: 1, isCautious: true)
                let waits = "SHOW GLOBAL STATUS LIKE 'Innodb_row_lock_waits'"
                try await queue.whileLocked(locked) {
                    let before = try await queue.rows(waits, columns: 2)
                    let routed = try await queue.database.run {
                        try router.route(.init(limit: 10), resolve: { _ in ["a"] }, on: $0)
                    }
                    #expect((routed.events, routed.locked) == (1, 1))
                    #expect(try await queue.rows(waits, columns: 2) == before)
                }
            }
        }

        @Test func `what became of a locked event waits, and all else is settled`() async throws {
            try await TestQueue.with { queue in
                let (locked, other) = (try await queue.accept(key: "k"), try await queue.accept(key: "l"))
                let gone = try await queue.accept(key: "m")
                try await queue.route()
                let lanes = try await queue.claim()
                let settler = Settler(tables: queue.tables)
                let settlements = lanes.flatMap { lane in
                    lane.deliveries.map {
                        Settlement(
                            lane: lane.lane, eventID: $0.eventID, attempt: 1, result: .delivered(detail: ""),
                            milliseconds: 1)
                    }
                }
                func settle(_ settlements: [Settlement]) async throws -> Settled {
                    try await queue.database.run {
                        try $0.execute("SET innodb_lock_wait_timeout = 1")
                        return try settler.settle(
                            settlements, changes: lanes.map { LaneChange(lane: $0.lane, action: .release) },
                            lease: .seconds(30), worker: 1, on: $0)
                    }
                }
                try await queue.execute("DELETE FROM {event_queue} WHERE id = \(gone)")
                try await queue.whileLocked(locked) {
                    #expect(try await settle(settlements).postponed == [locked])
                    #expect(
                        try await queue.rows("SELECT status FROM {event_queue} ORDER BY id")
                            == ["processing", "processed"])
                    #expect(try await queue.rows("SELECT event_id FROM {event_delivery}") == ["\(locked)"])
                    // Nobody else gets what is delivered and not written.
                    #expect(try await queue.rows("SELECT lane_key FROM {event_lane} WHERE owner = 1") == ["k:k"])
                    // Once is enough to learn: the second time nobody waits.
                    let waits = try await queue.rows("SHOW GLOBAL STATUS LIKE 'Innodb_row_lock_waits'", columns: 2)
                    #expect(try await settle(settlements.filter { $0.eventID == locked }).postponed == [locked])
                    #expect(
                        try await queue.rows("SHOW GLOBAL STATUS LIKE 'Innodb_row_lock_waits'", columns: 2) == waits)
                }
                #expect(try await settle(settlements.filter { $0.eventID == locked }).postponed.isEmpty)
                #expect(
                    try await queue.count("{event_queue} WHERE id IN (\(locked), \(other)) AND status = 'processed'")
                        == 2)
                #expect(try await queue.count("{event_lane} WHERE owner <> 0") == 0)
            }
        }
    }
}
