import EventModel
import MariaDBClient
import QueueFixtures
import Testing

@testable import EventQueue

extension EventQueueTests {
    /// What the router leaves to be claimed, and what it hands over at once.
    @Suite struct HandingOver {
        private let us = Int64(7)

        @Test func `a parked lane is leased as it is filled, with what was put in`() async throws {
            try await TestQueue.with { queue in
                let router = Router(tables: queue.tables, sharedLanes: 1)
                let id = try await queue.accept("a.b", #"{"n":1}"#, key: "k", instance: "i")
                let routed = try await route(router, queue)
                let lane = try #require(routed.handover.claimed.first)
                #expect(routed.handover.claimed.count == 1)
                #expect(routed.toClaim.isEmpty)
                #expect(lane.lane.key == .ordered("k"))
                #expect(!lane.hasMore)
                let event = try #require(lane.deliveries.first?.event)
                #expect(event.id == id)
                #expect(event.payload == Array(#"{"n":1}"#.utf8))
                #expect(event.instance == "i" && event.orderingKey == "k" && event.sequenceNumber == 1)
                #expect(
                    try await queue.rows(
                        "SELECT owner, epoch, in_flight_through FROM {event_lane} WHERE visible_at > UTC_TIMESTAMP(6)",
                        columns: 3) == ["7 1 \(id)"])
                #expect(try await queue.claim().isEmpty)
                #expect(try await queue.settle(lane, .delivered(detail: ""), owner: us).lostLanes.isEmpty)
                #expect(try await queue.value("SELECT status FROM {event_queue}") == "processed")
            }
        }

        @Test func `a delivery that was handed over is the one that a claim would have read`() async throws {
            try await TestQueue.with { queue in
                for payload in ["{}", "\"" + String(repeating: "x", count: 9000) + "\""] {
                    try await queue.accept("a.b", payload, instance: "i", maxAttempts: 5)
                }
                let handed = try await route(Router(tables: queue.tables, sharedLanes: 1), queue).handover.claimed
                try await queue.endLeases()
                let claimed = try await queue.claim()
                #expect(handed.flatMap { $0.deliveries.map(\.event) } == claimed.flatMap { $0.deliveries.map(\.event) })
                #expect(handed.flatMap { $0.deliveries.map(\.isPayloadDeferred) } == [false, true])
            }
        }

        @Test func `what is put into a lane of ours is handed over with its turn`() async throws {
            try await TestQueue.with { queue in
                let router = Router(tables: queue.tables, sharedLanes: 1)
                try await queue.accept()
                let first = try #require(try await route(router, queue).handover.claimed.first)
                let id = try await queue.accept()
                let routed = try await route(router, queue)
                #expect(routed.handover.claimed.isEmpty)
                #expect(routed.toClaim.isEmpty)
                let added = try #require(routed.handover.added.first)
                #expect(added.lane == first.lane)
                #expect(added.turn == first.turn + 1)
                #expect(added.deliveries.map(\.eventID) == [id])
            }
        }

        @Test func `what there is no room for is left to be claimed`() async throws {
            try await TestQueue.with { queue in
                let router = Router(tables: queue.tables, sharedLanes: 1)
                let ids = try await queue.accept(
                    ["k", "k", "l", "l"].map { NewEvent(name: "e", payload: Array("{}".utf8), orderingKey: $0) })
                let routed = try await route(router, queue, room: 1)
                #expect(routed.handover.claimed.map { $0.deliveries.map(\.eventID) } == [[ids[0]]])
                #expect(routed.handover.claimed.map(\.hasMore) == [true])
                #expect(routed.toClaim == ["a"])
                #expect(try await queue.claim().map { $0.deliveries.map(\.eventID) } == [[ids[2], ids[3]]])
            }
        }

        @Test func `a lane that somebody else holds is neither handed over nor to be claimed`() async throws {
            try await TestQueue.with { queue in
                let router = Router(tables: queue.tables, sharedLanes: 1)
                try await queue.accept()
                try await queue.route()
                try await queue.execute("UPDATE {event_lane} SET lane_key = 's:0'")
                #expect(try await queue.claim(owner: 8).count == 1)
                try await queue.accept()
                let routed = try await route(router, queue)
                #expect(routed.events == 1)
                #expect(routed.handover.claimed.isEmpty && routed.handover.added.isEmpty)
                #expect(routed.toClaim.isEmpty)
            }
        }

        @Test func `a lane that was removed is made again`() async throws {
            try await TestQueue.with { queue in
                let router = Router(tables: queue.tables, sharedLanes: 1)
                try await queue.accept("e", key: "k")
                let first = try #require(try await route(router, queue).handover.claimed.first)
                try await queue.settle(first, .delivered(detail: ""), owner: us)
                try await queue.execute("UPDATE {event_lane} SET active_at = '2000-01-01'")
                _ = try await queue.database.run { [tables = queue.tables] in
                    try LaneRescue(tables: tables).removeIdle(olderThan: .seconds(60), limit: 100, on: $0)
                }
                #expect(try await queue.count("{event_lane}") == 0)
                try await queue.accept("e", key: "k")
                let second = try #require(try await route(router, queue).handover.claimed.first)
                #expect(second.lane.id != first.lane.id)
                #expect(try await queue.value("SELECT lane_id FROM {event_delivery}") == "\(second.lane.id)")
            }
        }

        @Test func `a routing that is cut off before its COMMIT is done again`() async throws {
            try await TestQueue.with { queue in
                let router = Router(tables: queue.tables, sharedLanes: 1)
                try await queue.accept()
                // The lane is known from now on, so the next thing after the listeners is the script that commits.
                #expect(try await route(router, queue).events == 1)
                let id = try await queue.accept()
                let offer = offer(room: 10)
                let error = await #expect(throws: DatabaseError.self) {
                    _ = try await queue.database.run { connection in
                        nonisolated(unsafe) let doomed = connection
                        return try router.route(
                            .init(limit: 10), offer: offer,
                            resolve: { _ in
                                try? doomed.execute("KILL CONNECTION_ID()")
                                return ["a"]
                            }, on: connection)
                    }
                }
                #expect(error?.isCommitUnknown == true)
                #expect(try await queue.count("{event_delivery} WHERE event_id = \(id)") == 0)
                #expect(try await route(router, queue).handover.added.map { $0.deliveries.map(\.eventID) } == [[id]])
            }
        }

        @Test func `whether lanes were leased is found out afterwards, by whoever leased them alone`() async throws {
            try await TestQueue.with { queue in
                try await queue.accept("e", key: "k")
                try await queue.route()
                let claimed = try #require(try await queue.claim(owner: us).first)
                try await queue.settle(claimed, .delivered(detail: ""), owner: us)
                let waker = LaneWaker(tables: queue.tables)
                let leasing = LaneWaker.Leasing(
                    lanes: [claimed.lane.id], names: [.init(listener: "a", key: claimed.lane.key)], owner: us,
                    lease: .seconds(30), through: 9)
                let other = LaneWaker.Leasing(
                    lanes: leasing.lanes, names: leasing.names, owner: us, lease: .seconds(30), through: 9)
                var script = Script()
                waker.wake(leasing.lanes, leasing: leasing, in: &script)
                waker.wake(leasing.lanes, leasing: other, in: &script)
                waker.read(leasing, in: &script)
                let found = try await queue.database.run { [script] connection in
                    var found: [LaneWaker.Woken] = []
                    try connection.run(script) { _, row in found.append(LaneWaker.woken(row)) }
                    return found
                }
                #expect(found.map(\.isLeased) == [true, false, true])
                #expect(found.map(\.isOurs) == [true, true, true])
                #expect(Set(found.map(\.epoch)) == [2])
            }
        }

        @Test func `a claim ends what was said of the leasing before it`() async throws {
            try await TestQueue.with { queue in
                try await queue.accept("e", key: "k")
                let leased = try #require(
                    try await route(Router(tables: queue.tables, sharedLanes: 1), queue).handover.claimed.first)
                let leasing = LaneWaker.Leasing(
                    lanes: [leased.lane.id], names: [.init(listener: "a", key: leased.lane.key)], owner: us,
                    lease: .seconds(30), through: 9)
                try await queue.execute("UPDATE {event_lane} SET lease_mark = \(leasing.mark)")
                #expect(try await read(leasing, queue).map(\.isLeased) == [true])
                try await queue.endLeases()
                #expect(try await queue.claim(owner: us).count == 1)
                let found = try await read(leasing, queue)
                #expect(found.map(\.isOurs) == [true])
                #expect(found.map(\.isLeased) == [false])
            }
        }

        private func read(_ leasing: LaneWaker.Leasing, _ queue: TestQueue) async throws -> [LaneWaker.Woken] {
            var script = Script()
            LaneWaker(tables: queue.tables).read(leasing, in: &script)
            return try await queue.database.run { [script] connection in
                var found: [LaneWaker.Woken] = []
                try connection.run(script) { _, row in found.append(LaneWaker.woken(row)) }
                return found
            }
        }

        private func offer(room: Int) -> HandoverOffer {
            HandoverOffer(
                owner: us, lease: .seconds(30), depth: LaneDepth(ordered: 16, shared: 256), room: ["a": room])
        }

        private func route(_ router: Router, _ queue: TestQueue, room: Int = 100) async throws -> Routed {
            let offer = offer(room: room)
            return try await queue.database.run {
                try router.route(.init(limit: 100), offer: offer, resolve: { _ in ["a"] }, on: $0)
            }
        }
    }
}
