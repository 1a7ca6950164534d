import MariaDBClient
import QueueFixtures
import Testing

@testable import EventQueue

extension EventQueueTests {
    @Suite struct Claiming {
        @Test func `two claimers never get the same lane`() async throws {
            try await TestQueue.with { queue in
                for number in 0..<60 { try await queue.accept(key: "k\(number)") }
                try await queue.route()
                let claimer = LaneClaimer(tables: queue.tables)
                let databases = [queue.database, queue.anotherDatabase(), queue.anotherDatabase()]
                let claimed = try await withThrowingTaskGroup(of: [Int64].self) { group in
                    for (owner, database) in databases.enumerated() {
                        group.addTask {
                            var mine: [Int64] = []
                            while true {
                                let lanes = try await database.run {
                                    try claimer.claim(
                                        listener: "a", lanes: 3, depth: LaneDepth(ordered: 1, shared: 1),
                                        owner: Int64(owner + 1),
                                        lease: .seconds(60), on: $0)
                                }
                                if lanes.isEmpty { return mine }
                                mine += lanes.map(\.lane.id)
                            }
                        }
                    }
                    return try await group.reduce(into: []) { $0 += $1 }
                }
                // SKIP LOCKED may pass a lane over while somebody looks at it: what is left is claimed now.
                let all = try await claimed + queue.claim().map(\.lane.id)
                #expect(all.count == 60)
                #expect(Set(all).count == 60)
                for database in databases { await database.close() }
            }
        }

        @Test func `the longest ready comes first, and reads no more than its depth`() async throws {
            try await TestQueue.with { queue in
                var ids: [Int64] = []
                for number in 0..<40 { ids.append(try await queue.accept(key: number < 20 ? "first" : "second")) }
                try await queue.route()
                try await queue.execute(
                    "UPDATE {event_lane} SET visible_at = visible_at - INTERVAL 1 MINUTE WHERE lane_key = 'k:second'")
                let lane = try #require(try await queue.claim(lanes: 1).first)
                #expect(lane.lane.key == .ordered("second"))
                #expect(lane.deliveries.map(\.eventID) == Array(ids[20..<36]))
                #expect(lane.hasMore)
                let rest = try await queue.claim()
                #expect(rest.map(\.lane.key) == [.ordered("first")])
                #expect(try await queue.claim().isEmpty)
            }
        }

        @Test func `a lane comes back when its lease ends, with a higher epoch and its suspects`() async throws {
            try await TestQueue.with { queue in
                let event = try await queue.accept(key: "k")
                try await queue.route()
                let first = try #require(try await queue.claim(lease: .milliseconds(1)).first)
                try await queue.endLeases()
                let second = try #require(try await queue.claim(owner: 2).first)
                #expect(second.lane.id == first.lane.id)
                #expect(second.lane.epoch == first.lane.epoch + 1)
                #expect(first.lane.suspectThrough == 0)
                #expect(second.lane.suspectThrough == event)
            }
        }

        @Test func `a lane in back-off is not ready before its time`() async throws {
            try await TestQueue.with { queue in
                try await queue.accept(key: "k")
                try await queue.route()
                let lane = try #require(try await queue.claim().first)
                try await queue.settle(
                    lane, .retry(reason: "timeout", message: "", delay: .seconds(60)),
                    action: .backOff(delay: .seconds(60)))
                #expect(try await queue.claim().isEmpty)
                try await queue.execute("UPDATE {event_lane} SET visible_at = visible_at - INTERVAL 60 SECOND")
                let again = try #require(try await queue.claim().first)
                #expect(again.deliveries.map(\.attempts) == [1])
                #expect(again.lane.suspectThrough == 0)
            }
        }

        @Test func `an epoch never comes back, even where the lane was removed and made again`() async throws {
            try await TestQueue.with { queue in
                var seen: Set<String> = []
                for _ in 0..<3 {
                    try await queue.accept(key: "k")
                    try await queue.route()
                    let lane = try #require(try await queue.claim().first)
                    #expect(seen.insert("\(lane.lane.id):\(lane.lane.epoch)").inserted)
                    try await queue.settle(lane, .delivered(detail: ""))
                    try await queue.execute("UPDATE {event_lane} SET active_at = '2020-01-01'")
                    try await removeIdle(queue)
                    #expect(try await queue.count("{event_lane}") == 0)
                }
            }
        }

        @Test func `a lane that is parked and one that is at work are told apart`() async throws {
            try await TestQueue.with { queue in
                try await queue.accept(key: "busy")
                try await queue.accept(key: "idle")
                try await queue.accept(key: "young")
                try await queue.route()
                let lanes = try await queue.claim()
                #expect(lanes.count == 3)
                for lane in lanes where lane.lane.key != .ordered("busy") {
                    try await queue.settle(lane, .delivered(detail: ""))
                }
                try await queue.execute("UPDATE {event_lane} SET active_at = '2020-01-01' WHERE lane_key <> 'k:young'")
                try await removeIdle(queue)
                #expect(
                    try await queue.rows("SELECT lane_key FROM {event_lane} ORDER BY lane_key") == [
                        "k:busy", "k:young",
                    ])
            }
        }

        @Test func `a delivery that arrives while its lane is given back is not left behind`() async throws {
            try await TestQueue.with { queue in
                let other = queue.anotherDatabase()
                let settler = Settler(tables: queue.tables)
                let router = Router(tables: queue.tables, sharedLanes: 2)
                for _ in 0..<60 {
                    try await queue.accept(key: "k")
                    try await queue.route()
                    let lane = try #require(try await queue.claim().first)
                    try await queue.accept(key: "k")
                    // Whoever comes first: the lane must not be parked with a delivery in it.
                    async let released = queue.database.run {
                        try settler.settle(
                            lane.deliveries.map {
                                Settlement(
                                    lane: lane.lane, eventID: $0.eventID, attempt: 1, result: .delivered(detail: ""),
                                    milliseconds: 1)
                            }, changes: [LaneChange(lane: lane.lane, action: .release)], lease: .seconds(9), worker: 1,
                            on: $0)
                    }
                    async let routed = other.run {
                        try router.route(.init(limit: 10), resolve: { _ in ["a"] }, on: $0)
                    }
                    _ = try await (released, routed)
                    let again = try #require(try await queue.claim().first)
                    #expect(again.deliveries.count == 1)
                    try await queue.settle(again, .delivered(detail: ""))
                }
                #expect(try await queue.count("{event_delivery}") == 0)
                await other.close()
            }
        }

        private func removeIdle(_ queue: TestQueue) async throws {
            let rescue = LaneRescue(tables: queue.tables)
            let next = try await queue.database.run {
                try rescue.removeIdle(olderThan: .seconds(60), limit: 100, on: $0)
            }
            #expect(next == nil)
        }
    }
}
