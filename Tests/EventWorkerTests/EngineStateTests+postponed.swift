import QueueFixtures
import Testing

@testable import EventQueue
@testable import EventWorker

/// What cannot be written with the rest, and what is too much for one transaction.
extension EngineStateTests {
    @Test func `what somebody has locked is written in a moment, and holds up its own lane alone`() {
        var state = EngineState(settings: settings)
        let (locked, free) = (lane(1, events: [1, 3]), lane(2, .ordered("l"), events: [2, 4]))
        state.add([locked, free], leaseEnd: .seconds(15))
        #expect(starts(&state) == [1, 2])
        state.finish(delivered(locked, 1), lane: locked.lane, eventID: 1)
        state.finish(delivered(free, 2), lane: free.lane, eventID: 2)
        var batch = state.takeBatch(now: .zero)
        let postponed = batch.takeOut([1])
        #expect(batch.settlements.map(\.eventID) == [2])
        state.written(batch, answer: Settled(lostLanes: [], refills: [:]), sentAt: .zero)
        let isNews = state.postpone(postponed, lockedByApps: [1], now: .zero)
        #expect(isNews)
        #expect(starts(&state) == [4])
        #expect(state.takeBatch(now: .milliseconds(900)).settlements.isEmpty)

        var again = state.takeBatch(now: .seconds(1))
        #expect(again.settlements.map(\.eventID) == [1])
        let isNewsAgain = state.postpone(again.takeOut([1]), lockedByApps: [1], now: .seconds(1))
        #expect(!isNewsAgain)
        #expect(!state.isIdle)
        again = state.takeBatch(now: .seconds(2))
        state.written(again, answer: Settled(lostLanes: [], refills: [:]), sentAt: .seconds(2))
        #expect(starts(&state, now: .seconds(2)) == [3])
    }

    @Test func `a lane is kept, and not given back, with something in it that could not be written`() {
        var state = EngineState(settings: settings)
        let last = lane(1, events: [1])
        state.add([last], leaseEnd: .seconds(15))
        #expect(starts(&state) == [1])
        state.finish(delivered(last, 1), lane: last.lane, eventID: 1)
        var batch = state.takeBatch(now: .zero)
        #expect(batch.changes.map(\.action) == [.release])
        let postponed = batch.takeOut([1])
        #expect(batch.changes.map(\.action) == [.keep])
        state.written(batch, answer: Settled(lostLanes: [], refills: [:]), sentAt: .seconds(5))
        _ = state.postpone(postponed, lockedByApps: [1], now: .seconds(5))
        #expect(state.leaseEnd(of: last.lane) == .seconds(20))
        let again = state.takeBatch(now: .seconds(6))
        #expect(again.changes.map(\.action) == [.release])
        state.written(again, answer: Settled(lostLanes: [], refills: [:]), sentAt: .seconds(6))
        #expect(state.isIdle)
    }

    @Test func `what two workers meet at is tried again much sooner, and is no news`() {
        var state = EngineState(settings: settings)
        let lane = lane(1, events: [1])
        state.add([lane], leaseEnd: .seconds(15))
        #expect(starts(&state) == [1])
        state.finish(delivered(lane, 1), lane: lane.lane, eventID: 1)
        var batch = state.takeBatch(now: .zero)
        let isNews = state.postpone(batch.takeOut([1]), lockedByApps: [], now: .zero)
        #expect(!isNews)
        #expect(state.takeBatch(now: .milliseconds(50)).settlements.map(\.eventID) == [1])
    }

    @Test(arguments: [true, false])
    func `a shared lane that cannot be given back goes on at a daemon, and waits in a cron run`(_ isDaemon: Bool) {
        var settings = settings
        settings.lingers = isDaemon
        settings.sharedQuantum = 2
        var state = EngineState(settings: settings)
        let shared = lane(1, .shared(0), events: [1, 2, 3])
        state.add([shared], leaseEnd: .seconds(15))
        #expect(starts(&state) == [1, 2])
        for event in Int64(1)...2 { state.finish(delivered(shared, event), lane: shared.lane, eventID: event) }
        #expect(!state.isAtRest)
        var batch = state.takeBatch(now: .zero)
        #expect(batch.changes.map(\.action) == [.release])
        let postponed = batch.takeOut([1])
        state.written(batch, answer: Settled(lostLanes: [], refills: [:]), sentAt: .zero)
        _ = state.postpone(postponed, lockedByApps: [1], now: .zero)
        #expect(!state.isIdle)
        let next = state.takeBatch(now: .milliseconds(1))
        #expect(next.settlements.isEmpty)
        guard isDaemon else {
            #expect(next.isEmpty)
            #expect(state.isAtRest)
            return
        }
        // What is under way is read again, and left out.
        #expect(next.changes.map(\.action) == [.refill(after: 0, limit: 26)])
        let rest = Refill(deliveries: [delivery(1, 1), delivery(1, 3)], turn: 0)
        state.written(next, answer: Settled(lostLanes: [], refills: [1: rest]), sentAt: .milliseconds(1))
        #expect(starts(&state, now: .milliseconds(2)) == [3])
    }

    @Test func `each waits for itself, however often others are postponed`() {
        var state = EngineState(settings: settings)
        let lanes = (1...3).map { lane($0, .ordered("\($0)"), events: [$0]) }
        state.add(lanes, leaseEnd: .seconds(15))
        _ = starts(&state)
        for lane in lanes {
            let event = lane.deliveries[0].eventID
            state.finish(delivered(lane, event), lane: lane.lane, eventID: event)
            var batch = state.takeBatch(now: .milliseconds(10 * event))
            let lockedByApps: Set<Int64> = event == 2 ? [2] : []
            _ = state.postpone(batch.takeOut([event]), lockedByApps: lockedByApps, now: .milliseconds(10 * event))
        }
        #expect(state.takeBatch(now: .milliseconds(59)).settlements.isEmpty)
        #expect(state.takeBatch(now: .milliseconds(60)).settlements.map(\.eventID) == [1])
        #expect(state.takeBatch(now: .milliseconds(80)).settlements.map(\.eventID) == [3])
        #expect(state.takeBatch(now: .milliseconds(1020)).settlements.map(\.eventID) == [2])
    }

    @Test func `a shared lane goes on while what is locked in it is tried again and again`() {
        var settings = settings
        settings.lingers = true
        settings.sharedQuantum = 2
        var state = EngineState(settings: settings)
        let shared = lane(1, .shared(0), events: [1, 2, 3, 4])
        state.add([shared], leaseEnd: .seconds(15))
        #expect(starts(&state) == [1, 2])
        state.finish(delivered(shared, 1), lane: shared.lane, eventID: 1)
        // The other one is still under way, so the lane is not to be given back.
        var batch = state.takeBatch(now: .zero)
        #expect(batch.changes.isEmpty)
        _ = state.postpone(batch.takeOut([1]), lockedByApps: [1], now: .zero)
        #expect(starts(&state) == [3, 4])
    }

    @Test func `more leases than fit into one transaction are renewed in the next`() {
        var settings = settings
        settings.renewalBatch = 2
        var state = EngineState(settings: settings)
        let lanes = (1...5).map { lane($0, .ordered("\($0)"), events: [$0]) }
        state.add(lanes, leaseEnd: .seconds(15))
        _ = starts(&state)
        _ = state.checkLeases(now: .seconds(9))
        #expect(state.takeLate(now: .seconds(9)).count == 2)
        var renewed: Set<Int64> = []
        for _ in 0..<3 {
            let batch = state.takeBatch(now: .seconds(9))
            #expect(batch.changes.count <= 2)
            #expect(batch.changes.allSatisfy { $0.action == .keep })
            renewed.formUnion(batch.changes.map(\.lane.id))
            state.written(batch, answer: Settled(lostLanes: [], refills: [:]), sentAt: .seconds(9))
        }
        #expect(renewed == [1, 2, 3, 4, 5])
        #expect(state.takeBatch(now: .seconds(9)).isEmpty)
    }
}
