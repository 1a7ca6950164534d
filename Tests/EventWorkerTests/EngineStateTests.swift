import EventModel
import FoundationEssentials
import ListenerKit
import QueueFixtures
import Testing

@testable import EventQueue
@testable import EventWorker

@Suite struct EngineStateTests {
    let settings = EngineSettings(lease: .seconds(15), readAhead: 100)
    let subscriptions = CurrentSubscriptions(everything: ["a": RecordingListener()], maximumInFlight: 3).value

    @Test func `in a keyed lane the next starts when the one before is settled, not when it is delivered`() {
        var state = EngineState(settings: settings)
        let lane = lane(1, events: [1, 2])
        state.add([lane], leaseEnd: .seconds(15))
        #expect(starts(&state) == [1])
        #expect(starts(&state) == [])
        state.finish(delivered(lane, 1), lane: lane.lane, eventID: 1)
        #expect(starts(&state) == [])
        let batch = state.takeBatch(now: .zero)
        #expect(batch.settlements.map(\.eventID) == [1])
        #expect(starts(&state) == [])
        state.written(batch, answer: Settled(lostLanes: [], refills: [:]), sentAt: .zero)
        #expect(starts(&state) == [2])
    }

    @Test func `of shared lanes the oldest events start first, as many as the listener has room for`() {
        var state = EngineState(settings: settings)
        state.add(
            [lane(1, .shared(0), events: [2, 4, 6]), lane(2, .shared(1), events: [1, 3])], leaseEnd: .seconds(15))
        #expect(starts(&state) == [1, 2, 3])
        #expect(state.room(for: "a") == 95)
    }

    @Test func `a failed keyed delivery gives its lane back until the next attempt, those behind wait`() {
        var state = EngineState(settings: settings)
        let lane = lane(1, events: [1, 2])
        state.add([lane], leaseEnd: .seconds(15))
        _ = starts(&state)
        let retry = Settlement(
            lane: lane.lane, eventID: 1, attempt: 1, result: .retry(reason: "r", message: "", delay: .seconds(9)),
            milliseconds: 1)
        state.finish(retry, lane: lane.lane, eventID: 1)
        let batch = state.takeBatch(now: .zero)
        #expect(batch.changes.map(\.action) == [.backOff(delay: .seconds(9))])
        state.written(batch, answer: Settled(lostLanes: [], refills: [:]), sentAt: .zero)
        #expect(state.isIdle)
        #expect(state.room(for: "a") == 100)
    }

    @Test func `what could not be written is written the next time`() {
        var state = EngineState(settings: settings)
        let lane = lane(1, events: [1])
        state.add([lane], leaseEnd: .seconds(15))
        _ = starts(&state)
        state.finish(delivered(lane, 1), lane: lane.lane, eventID: 1)
        let batch = state.takeBatch(now: .zero)
        state.notWritten(batch)
        let again = state.takeBatch(now: .zero)
        #expect(again.settlements.map(\.eventID) == [1])
        #expect(again.changes.map(\.action) == [.release])
    }

    @Test func `settlements are gathered unless the next of an ordered lane waits for one`() {
        var state = EngineState(settings: settings)
        let (keyed, shared) = (lane(1, events: [1]), lane(2, .shared(0), events: [2, 3]))
        state.add([keyed, shared], leaseEnd: .seconds(15))
        #expect(starts(&state) == [1, 2, 3])
        state.finish(delivered(keyed, 1), lane: keyed.lane, eventID: 1)
        state.finish(delivered(shared, 2), lane: shared.lane, eventID: 2)
        #expect(!state.isWritingUrgent)
        state.extend(by: added(to: keyed, turn: 1, events: [4]))
        #expect(state.isWritingUrgent)
        _ = state.takeBatch(now: .zero)
        #expect(!state.isWritingUrgent)
    }

    @Test func `settlements with long texts are written in parts`() {
        var settings = settings
        settings.settleBytes = 2000
        var state = EngineState(settings: settings)
        let lane = lane(1, .shared(0), events: [1, 2, 3])
        state.add([lane], leaseEnd: .seconds(15))
        for event in starts(&state) {
            let dead = Settlement.Result.dead(reason: "r", message: String(repeating: "x", count: 300))
            state.finish(
                Settlement(lane: lane.lane, eventID: event, attempt: 1, result: dead, milliseconds: 1),
                lane: lane.lane, eventID: event)
        }
        #expect(state.takeBatch(now: .zero).settlements.map(\.eventID) == [1])
        #expect(state.takeBatch(now: .zero).settlements.map(\.eventID) == [2])
    }

    @Test func `nothing starts near the end of a lease, and what runs is cancelled before it`() {
        var state = EngineState(settings: settings)
        let lane = lane(1, .shared(0), events: [1, 2, 3, 4])
        state.add([lane], leaseEnd: .seconds(15))
        #expect(starts(&state, now: .seconds(11)) == [1, 2, 3])
        state.finish(nil, lane: lane.lane, eventID: 1)
        #expect(starts(&state, now: .seconds(13)) == [])
        #expect(state.checkLeases(now: .seconds(13)).isEmpty)
        #expect(state.checkLeases(now: .seconds(14)).map(\.id) == [1])
    }

    @Test func `a lease is renewed in time, counted from before the renewal was sent`() {
        var state = EngineState(settings: settings)
        state.add([lane(1, events: [1])], leaseEnd: .seconds(15))
        _ = starts(&state)
        #expect(state.takeBatch(now: .seconds(1)).isEmpty)
        _ = state.checkLeases(now: .seconds(6))
        let batch = state.takeBatch(now: .seconds(6))
        #expect(batch.changes.map(\.action) == [.keep])
        state.written(batch, answer: Settled(lostLanes: [], refills: [:]), sentAt: .seconds(6))
        #expect(state.checkLeases(now: .seconds(19)).isEmpty)
        #expect(state.checkLeases(now: .seconds(20)).map(\.id) == [1])
    }

    @Test func `suspects with attempts left go as anything else, each counted ahead`() {
        var state = EngineState(settings: settings)
        state.add([lane(1, .shared(0), suspectThrough: 2, events: [1, 2, 3])], leaseEnd: .seconds(15))
        let starts = state.takeStarts(now: .zero, subscriptions: subscriptions)
        #expect(starts.map(\.delivery.eventID) == [1, 2, 3])
        #expect(starts.map(\.isSuspect) == [true, true, false])
    }

    @Test func `of suspects whose attempts were used up by deaths one is tried at a time`() {
        var state = EngineState(settings: settings)
        let lanes = [1, 2, 3].map { lane($0, suspectThrough: 3, events: [$0], attempts: $0 == 2 ? 2 : 3) }
        state.add(lanes, leaseEnd: .seconds(15))
        #expect(starts(&state) == [1, 2])
        state.finish(delivered(lanes[0], 1), lane: lanes[0].lane, eventID: 1)
        #expect(starts(&state) == [])
        let batch = state.takeBatch(now: .zero)
        state.written(batch, answer: Settled(lostLanes: [], refills: [:]), sentAt: .zero)
        let third = state.takeStarts(now: .zero, subscriptions: subscriptions)
        #expect(third.map(\.delivery.eventID) == [3])
        #expect(third.map(\.attempt) == [3])
    }

    @Test func `stopping starts nothing more, and what was put back has its lane given back`() {
        var state = EngineState(settings: settings)
        let loaded = lane(1, .shared(0), events: [1, 2, 3, 4, 5])
        state.add([loaded], leaseEnd: .seconds(15))
        _ = starts(&state)
        state.stop()
        #expect(starts(&state) == [])
        #expect(state.room(for: "a") == 0)
        for event in [1, 2] as [Int64] { state.finish(nil, lane: loaded.lane, eventID: event) }
        #expect(state.takeBatch(now: .zero).isEmpty)
        state.finish(delivered(loaded, 3), lane: loaded.lane, eventID: 3)
        let batch = state.takeBatch(now: .zero)
        #expect(batch.settlements.map(\.eventID) == [3])
        #expect(batch.changes.map(\.action) == [.release])
        state.written(batch, answer: Settled(lostLanes: [], refills: [:]), sentAt: .zero)
        #expect(state.isIdle)
    }

    @Test func `a paused engine starts nothing, and what is still handed over is given back when it stops`() {
        var state = EngineState(settings: settings)
        state.note("a", isCaughtUp: true)
        state.pause(now: .seconds(3))
        let loaded = lane(1, .shared(0), events: [1, 2])
        state.add([loaded], leaseEnd: .seconds(15))
        #expect(starts(&state) == [])
        #expect((state.room(for: "a"), state.roomToHandOver, state.isHungry(anyOf: ["a"])) == (0, [:], false))
        #expect(state.takeBatch(now: .zero).isEmpty)
        state.pause(now: .seconds(4))
        #expect(state.pausedAt == .seconds(3))
        state.stop()
        #expect(state.takeBatch(now: .zero).changes.map(\.action) == [.release])
    }

    @Test func `a shared lane is read on while one of its deliveries hangs, and what came late is found`() {
        var state = EngineState(settings: settings)
        let loaded = lane(1, .shared(0), events: [5])
        state.add([loaded], leaseEnd: .seconds(15))
        _ = starts(&state)
        #expect(state.takeBatch(now: .zero).isEmpty)
        state.lookAgain(at: "a")
        let batch = state.takeBatch(now: .zero)
        #expect(batch.changes.map(\.action) == [.refill(after: 0, limit: 26)])
        // Event 2 was accepted at the same time as 5, and routed after it by somebody else.
        let found = [2, 5, 7].map { delivery(1, $0) }
        state.written(
            batch, answer: Settled(lostLanes: [], refills: [1: Refill(deliveries: found, turn: 0)]), sentAt: .zero)
        #expect(starts(&state) == [2, 7])
        #expect(state.room(for: "a") == 97)
    }

    @Test func `a lane with much to do is given back after its share`() {
        var settings = settings
        settings.orderedQuantum = 2
        var state = EngineState(settings: settings)
        let loaded = lane(1, events: [1, 2, 3])
        state.add([loaded], leaseEnd: .seconds(15))
        for event in [1, 2] as [Int64] {
            #expect(starts(&state) == [event])
            state.finish(delivered(loaded, event), lane: loaded.lane, eventID: event)
            let batch = state.takeBatch(now: .zero)
            state.written(batch, answer: Settled(lostLanes: [], refills: [:]), sentAt: .zero)
        }
        #expect(state.isIdle)
    }

    @Test func `what is read ahead is bounded in bytes as well`() {
        var settings = settings
        settings.readAheadBytes = 1000
        var state = EngineState(settings: settings)
        state.add([lane(1, events: [1])], leaseEnd: .seconds(15))
        #expect(state.room(for: "a") == 99)
        state.add([lane(2, events: [2])], leaseEnd: .seconds(15))
        #expect(state.room(for: "a") == 0)
        #expect(state.room(for: "b") == 100)
        _ = starts(&state)
        #expect(state.room(for: "a") == 98)
    }

    @Test func `no more lanes are changed at once than fit into a transaction`() {
        var settings = settings
        settings.changeBatch = 3
        var state = EngineState(settings: settings)
        state.add((1...5).map { lane($0, .ordered("\($0)"), events: []) }, leaseEnd: .seconds(15))
        #expect(state.takeBatch(now: .zero).changes.count == 3)
        #expect(state.isWritingUrgent)
        #expect(state.takeBatch(now: .zero).changes.count == 2)
        #expect(!state.isWritingUrgent)
    }

    @Test func `a shared lane at rest is kept for a moment by a daemon`() {
        #expect(actionsAtRest(of: .shared(0)) == [[], [], [.release]])
    }

    @Test func `a lane with a key is kept for a moment while there is a backlog`() {
        #expect(actionsAtRest(of: .ordered("k"), isRouterBehind: true) == [[], [], [.release]])
        #expect(actionsAtRest(of: .ordered("k")).first == [.release])
    }

    /// What is written of a lane with its last settlement, and each time that the leases were looked at afterwards.
    private func actionsAtRest(of key: LaneKey, isRouterBehind: Bool = false) -> [[LaneChange.Action]] {
        var settings = settings
        settings.lingers = true
        var state = EngineState(settings: settings)
        state.isRouterBehind = isRouterBehind
        let loaded = lane(1, key, events: [1])
        state.add([loaded], leaseEnd: .seconds(15))
        _ = starts(&state)
        state.finish(delivered(loaded, 1), lane: loaded.lane, eventID: 1)
        return (0..<3).map { _ in
            let batch = state.takeBatch(now: .zero)
            state.written(batch, answer: Settled(lostLanes: [], refills: [:]), sentAt: .zero)
            _ = state.checkLeases(now: .zero)
            return batch.changes.map(\.action)
        }
    }

    @Test func `a shared lane whose share is used up does not stand still for its slowest`() {
        var settings = settings
        settings.sharedQuantum = 2
        var state = EngineState(settings: settings)
        let loaded = lane(1, .shared(0), events: [1, 2, 3])
        state.add([loaded], leaseEnd: .seconds(15))
        #expect(starts(&state) == [1, 2])
        _ = state.checkLeases(now: .zero)
        #expect(starts(&state) == [])
        _ = state.checkLeases(now: .zero)
        #expect(starts(&state) == [3])
    }

    @Test func `nothing starts in a lane that is being given back, however long that takes`() {
        var settings = settings
        settings.sharedQuantum = 2
        var state = EngineState(settings: settings)
        let loaded = lane(1, .shared(0), events: [1, 2, 3])
        state.add([loaded], leaseEnd: .seconds(15))
        #expect(starts(&state) == [1, 2])
        _ = state.checkLeases(now: .zero)
        for event in Int64(1)...2 { state.finish(delivered(loaded, event), lane: loaded.lane, eventID: event) }
        let batch = state.takeBatch(now: .zero)
        #expect(batch.changes.map(\.action) == [.release])
        for _ in 0..<3 { _ = state.checkLeases(now: .zero) }
        #expect(starts(&state) == [])
        state.notWritten(batch)
        let again = state.takeBatch(now: .zero)
        #expect(again.changes.map(\.action) == [.release])
        state.written(again, answer: Settled(lostLanes: [], refills: [:]), sentAt: .zero)
        #expect(starts(&state) == [])
        #expect(state.isIdle)
        #expect(state.room(for: "a") == 100)
    }

    @Test func `a lane with a key gives way after its share, however slow its deliveries are`() {
        var settings = settings
        settings.orderedQuantum = 1
        var state = EngineState(settings: settings)
        let loaded = lane(1, events: [1, 2])
        state.add([loaded], leaseEnd: .seconds(15))
        #expect(starts(&state) == [1])
        for _ in 0..<4 { _ = state.checkLeases(now: .zero) }
        state.finish(delivered(loaded, 1), lane: loaded.lane, eventID: 1)
        #expect(state.takeBatch(now: .zero).changes.map(\.action) == [.release])
    }

    @Test func `the attempts of an event are bounded by what the columns hold`() {
        var state = EngineState(settings: settings)
        state.add([lane(1, events: [1], maxAttempts: 1_000_000)], leaseEnd: .seconds(15))
        #expect(state.takeStarts(now: .zero, subscriptions: subscriptions).map(\.maximumAttempts) == [32766])
    }

    @Test func `leases that settling does not renew in time are renewed by themselves`() {
        var state = EngineState(settings: settings)
        let (held, lost) = (lane(1, events: [1]), lane(2, events: [2]))
        state.add([held, lost], leaseEnd: .seconds(15))
        _ = starts(&state)
        #expect(state.takeLate(now: .seconds(7)).isEmpty)
        let late = state.takeLate(now: .seconds(8))
        #expect(Set(late) == [held.lane, lost.lane])
        // A batch that was sent before is written after.
        _ = state.checkLeases(now: .seconds(8))
        let batch = state.takeBatch(now: .seconds(8))
        #expect(batch.changes.map(\.action) == [.keep, .keep])
        state.renewed(late, lost: [lost.lane], sentAt: .seconds(9))
        state.written(batch, answer: Settled(lostLanes: [], refills: [:]), sentAt: .seconds(8))
        #expect(state.leaseEnd(of: held.lane) == .seconds(24))
        #expect(state.leaseEnd(of: lost.lane) == nil)
    }

    @Test func `a stall is over when nothing is left that could not be written`() {
        var state = EngineState(settings: settings)
        let lane = lane(1, events: [1])
        state.add([lane], leaseEnd: .seconds(15))
        _ = starts(&state)
        _ = state.checkLeases(now: .seconds(8))
        state.notWritten(state.takeBatch(now: .seconds(8)))
        #expect(state.room(for: "a") == 0)
        state.renewed([lane.lane], lost: [lane.lane], sentAt: .seconds(9))
        #expect(state.takeBatch(now: .seconds(9)).isEmpty)
        #expect(state.room(for: "a") == 99)
    }

    @Test func `what could not start because its lease was short starts when that is renewed by itself`() {
        var state = EngineState(settings: settings)
        let lane = lane(1, events: [1])
        state.add([lane], leaseEnd: .seconds(15))
        #expect(starts(&state, now: .seconds(13)) == [])
        state.renewed([lane.lane], lost: [], sentAt: .seconds(13))
        #expect(starts(&state, now: .seconds(13)) == [1])
    }

    @Test func `a lane that waits for long takes no more room by being renewed`() {
        var state = EngineState(settings: settings)
        state.add((1...4).map { lane($0, events: [$0]) }, leaseEnd: .seconds(15))
        #expect(starts(&state) == [1, 2, 3])
        for second in stride(from: 10, to: 1000, by: 10) {
            _ = state.checkLeases(now: .seconds(second))
            let batch = state.takeBatch(now: .seconds(second))
            #expect(batch.changes.count == 4)
            state.written(batch, answer: Settled(lostLanes: [], refills: [:]), sentAt: .seconds(second))
        }
        #expect(state.readyCount == 1)
        state.finish(delivered(lane(1, events: [1]), 1), lane: lane(1, events: [1]).lane, eventID: 1)
        #expect(starts(&state, now: .seconds(990)) == [4])
    }

    // MARK: -

    func lane(
        _ id: Int64, _ key: LaneKey = .ordered("k"), epoch: Int64 = 1, suspectThrough: Int64 = 0, events: [Int64],
        attempts: Int = 0, maxAttempts: Int = 3
    ) -> LoadedLane {
        LoadedLane(
            lane: Lane(id: id, listener: "a", key: key, epoch: epoch, suspectThrough: suspectThrough),
            deliveries: events.map { delivery(id, $0, attempts: attempts, maxAttempts: maxAttempts) }, hasMore: false)
    }

    func added(to lane: LoadedLane, turn: Int64, events: [Int64]) -> AddedDeliveries {
        AddedDeliveries(
            lane: lane.lane, turn: turn, first: events[0], deliveries: events.map { delivery(lane.lane.id, $0) },
            hasMore: false)
    }

    func delivery(
        _ lane: Int64, _ event: Int64, attempts: Int = 0, maxAttempts: Int = 3
    ) -> OpenDelivery {
        OpenDelivery(
            laneID: lane, eventID: event, attempts: attempts,
            event: Event(
                id: event, uuid: "u\(event)", name: "e", payload: [], acceptedAt: Date(), maxAttempts: maxAttempts))
    }

    func delivered(_ lane: LoadedLane, _ event: Int64) -> Settlement {
        Settlement(lane: lane.lane, eventID: event, attempt: 1, result: .delivered(detail: ""), milliseconds: 1)
    }

    func starts(_ state: inout EngineState, now: Duration = .zero) -> [Int64] {
        state.takeStarts(now: now, subscriptions: subscriptions).map(\.delivery.eventID)
    }
}
