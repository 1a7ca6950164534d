import QueueFixtures
import Testing

@testable import EventQueue
@testable import EventWorker

/// What becomes of a lane whose claim is over before what it has under way.
extension EngineStateTests {
    @Test
    func `a lane that is lost and claimed again starts nothing beside what is still under way, and leaks no room`() {
        var state = EngineState(settings: settings)
        let old = lane(1, events: [1, 2, 3])
        state.add([old], leaseEnd: .seconds(15))
        #expect(starts(&state) == [1])
        lose(old, &state)
        #expect(state.room(for: "a") == 99)
        #expect(state.checkLeases(now: .seconds(1)) == [old.lane])
        #expect(state.takeLate(now: .seconds(1)).isEmpty)
        #expect(state.takeBatch(now: .seconds(1)).isEmpty)
        #expect(state.leaseEnd(of: old.lane) == nil)

        // Somebody else has had it in between, and has delivered 2.
        let new = lane(1, epoch: 3, events: [1, 3])
        state.add([new], leaseEnd: .seconds(30))
        #expect(state.room(for: "a") == 99)
        #expect(starts(&state, now: .seconds(2)) == [])
        #expect(state.leaseEnd(of: old.lane) == nil)
        #expect(state.claimInForce(for: old.lane) == nil)
        state.finish(delivered(old, 1), lane: old.lane, eventID: 1)
        let batch = state.takeBatch(now: .seconds(2))
        #expect(batch.settlements.map(\.lane.epoch) == [3])
        let rest = Refill(deliveries: [delivery(1, 3)], turn: 0)
        state.written(batch, answer: Settled(lostLanes: [], refills: [1: rest]), sentAt: .seconds(2))
        #expect(starts(&state, now: .seconds(3)) == [3])

        // What is said of the old claim does nothing to the new one.
        lose(old, &state)
        #expect(state.leaseEnd(of: new.lane) == .seconds(30))
        state.finish(delivered(new, 3), lane: new.lane, eventID: 3)
        lose(new, &state)
        #expect(!state.isIdle)
        let last = state.takeBatch(now: .seconds(4))
        state.written(last, answer: Settled(lostLanes: [new.lane], refills: [:]), sentAt: .seconds(4))
        #expect(state.isIdle)
        #expect(state.room(for: "a") == 100)
    }

    @Test func `a lost lane is forgotten when what it had under way has ended`() {
        var state = EngineState(settings: settings)
        let shared = lane(1, .shared(0), events: [1, 2, 3])
        state.add([shared], leaseEnd: .seconds(15))
        #expect(starts(&state) == [1, 2, 3])
        lose(shared, &state)
        for event in Int64(1)...2 { state.finish(nil, lane: shared.lane, eventID: event) }
        #expect(state.laneCount == 1)
        state.finish(nil, lane: shared.lane, eventID: 3)
        #expect(state.isIdle)
        #expect(state.running(of: "a") == 0)
        #expect(state.room(for: "a") == 100)
    }

    @Test func `after an unconfirmed claim nothing starts before it is renewed, whatever lease was there`() {
        var state = EngineState(settings: settings)
        let old = lane(1, .shared(0), events: [1])
        state.add([old], leaseEnd: .seconds(15))
        #expect(starts(&state) == [1])
        let unconfirmed = lane(1, .shared(0), epoch: 2, events: [])
        state.add([unconfirmed], leaseEnd: .seconds(1), isConfirmed: false)
        #expect(state.leaseEnd(of: old.lane) == .seconds(1))
        let batch = state.takeBatch(now: .seconds(1))
        #expect(batch.changes.map(\.lane.epoch) == [2])
        let rest = Refill(deliveries: [delivery(1, 1), delivery(1, 2)], turn: 0)
        state.written(batch, answer: Settled(lostLanes: [], refills: [1: rest]), sentAt: .seconds(1))
        #expect(starts(&state, now: .seconds(1)) == [2])
    }

    @Test func `under a claim that may never have been committed nothing is written of what came before it`() {
        var state = EngineState(settings: settings)
        let old = lane(1, events: [1])
        state.add([old], leaseEnd: .seconds(15))
        #expect(starts(&state) == [1])
        let unconfirmed = lane(1, epoch: 2, events: [])
        state.add([unconfirmed], leaseEnd: .seconds(1), isConfirmed: false)
        state.finish(delivered(old, 1), lane: old.lane, eventID: 1)
        let batch = state.takeBatch(now: .seconds(1))
        #expect(batch.settlements.map(\.lane.epoch) == [1])
        #expect(batch.changes.map(\.lane.epoch) == [2])
        // It was committed: what was written of the one before is written again.
        state.written(batch, answer: Settled(lostLanes: [old.lane], refills: [:]), sentAt: .seconds(1))
        let again = state.takeBatch(now: .seconds(2))
        #expect(again.settlements.map(\.lane.epoch) == [2])
        state.written(again, answer: Settled(lostLanes: [], refills: [:]), sentAt: .seconds(2))
        #expect(state.room(for: "a") == 100)
    }

    @Test func `a claim that is learned of after the one that followed it changes nothing`() {
        var state = EngineState(settings: settings)
        state.add([lane(1, epoch: 3, events: [1])], leaseEnd: .seconds(30))
        state.add([lane(1, epoch: 2, events: [1])], leaseEnd: .seconds(15))
        #expect(starts(&state, now: .seconds(20)) == [1])
        #expect(state.room(for: "a") == 99)
    }

    @Test func `what is under way when its lane is claimed again by its own worker goes on and counts`() {
        var state = EngineState(settings: settings)
        let old = lane(1, events: [1, 2, 3])
        state.add([old], leaseEnd: .seconds(15))
        #expect(starts(&state) == [1])
        let new = lane(1, epoch: 2, suspectThrough: 3, events: [1, 2, 3])
        state.add([new], leaseEnd: .seconds(60))
        #expect(starts(&state, now: .seconds(20)) == [])
        #expect(state.leaseEnd(of: old.lane) == .seconds(60))
        #expect(state.room(for: "a") == 99)

        state.finish(delivered(old, 1), lane: old.lane, eventID: 1)
        var batch = state.takeBatch(now: .seconds(21))
        #expect(batch.settlements.map(\.lane.epoch) == [2])
        #expect(batch.changes.map(\.lane.epoch) == [2])
        #expect(batch.changes.map(\.action) == [.refill(after: 0, limit: 33)])
        let rest = Refill(deliveries: [delivery(1, 2), delivery(1, 3)], turn: 0)
        state.written(batch, answer: Settled(lostLanes: [], refills: [1: rest]), sentAt: .seconds(21))
        #expect(starts(&state, now: .seconds(22)) == [2])

        // What could not be written under a claim that is over is written under the one that followed.
        let third = lane(1, epoch: 3, events: [2, 3])
        state.finish(delivered(new, 2), lane: new.lane, eventID: 2)
        batch = state.takeBatch(now: .seconds(23))
        state.add([third], leaseEnd: .seconds(90))
        state.written(batch, answer: Settled(lostLanes: [new.lane], refills: [:]), sentAt: .seconds(23))
        #expect(state.isWritingUrgent)
        batch = state.takeBatch(now: .seconds(24))
        #expect(batch.settlements.map(\.lane.epoch) == [3])
        #expect(batch.settlements.map(\.eventID) == [2])
        let last = Refill(deliveries: [delivery(1, 3)], turn: 0)
        state.written(batch, answer: Settled(lostLanes: [], refills: [1: last]), sentAt: .seconds(24))
        #expect(starts(&state, now: .seconds(25)) == [3])
        #expect(state.room(for: "a") == 99)
    }

    @Test func `of a claim that is learned of twice nothing starts twice`() {
        var state = EngineState(settings: settings)
        let claim = lane(1, events: [1])
        state.add([claim], leaseEnd: .seconds(15))
        #expect(starts(&state) == [1])
        let again = LoadedLane(lane: claim.lane, deliveries: [], hasMore: true)
        state.add([again], leaseEnd: .seconds(15))
        #expect(state.takeBatch(now: .zero).isEmpty)
        #expect(state.room(for: "a") == 99)
        state.finish(delivered(claim, 1), lane: claim.lane, eventID: 1)
        let batch = state.takeBatch(now: .zero)
        #expect(batch.settlements.map(\.eventID) == [1])
        state.written(batch, answer: Settled(lostLanes: [], refills: [:]), sentAt: .zero)
        #expect(state.room(for: "a") == 100)
    }

    @Test func `a lane that is read from its start again is read on from there, however far it was read before`() {
        var state = EngineState(settings: settings)
        let old = lane(1, events: [1])
        state.add([old], leaseEnd: .seconds(15))
        #expect(starts(&state) == [1])
        for event in Int64(2)...41 { state.extend(by: added(to: old, turn: event - 1, events: [event])) }
        state.add([lane(1, epoch: 2, events: [])], leaseEnd: .seconds(600))
        state.finish(delivered(old, 1), lane: old.lane, eventID: 1)
        var batch = state.takeBatch(now: .zero)
        #expect(batch.changes.map(\.action) == [.refill(after: 0, limit: 33)])
        let first = Refill(deliveries: (2...34).map { delivery(1, $0) }, turn: 40)
        state.written(batch, answer: Settled(lostLanes: [], refills: [1: first]), sentAt: .zero)
        for event in Int64(2)...34 {
            #expect(starts(&state) == [event])
            state.finish(delivered(old, event), lane: old.lane, eventID: event)
            batch = state.takeBatch(now: .zero)
            if event < 34 { state.written(batch, answer: Settled(lostLanes: [], refills: [:]), sentAt: .zero) }
        }
        #expect(batch.changes.map(\.action) == [.refill(after: 34, limit: 32)])
    }

    @Test func `a failure is not counted where somebody else had the lane in between, and is tried again`() {
        var state = EngineState(settings: settings)
        let old = lane(1, events: [1, 2])
        state.add([old], leaseEnd: .seconds(15))
        #expect(starts(&state) == [1])
        lose(old, &state)
        state.add([lane(1, epoch: 3, events: [1, 2])], leaseEnd: .seconds(30))
        state.finish(failed(old, 1), lane: old.lane, eventID: 1)
        let batch = state.takeBatch(now: .seconds(1))
        #expect(batch.settlements.isEmpty)
        #expect(batch.changes.map(\.action) == [.release])
        #expect(batch.changes.map(\.lane.epoch) == [3])
        state.written(batch, answer: Settled(lostLanes: [], refills: [:]), sentAt: .seconds(1))
        #expect(state.isIdle)
        #expect(state.room(for: "a") == 100)
    }

    @Test func `a failure counts where the lane was ours all the time`() {
        var state = EngineState(settings: settings)
        let old = lane(1, events: [1, 2])
        state.add([old], leaseEnd: .seconds(15))
        #expect(starts(&state) == [1])
        state.add([lane(1, epoch: 2, events: [1, 2])], leaseEnd: .seconds(30))
        state.finish(failed(old, 1), lane: old.lane, eventID: 1)
        let batch = state.takeBatch(now: .seconds(1))
        #expect(batch.settlements.map(\.lane.epoch) == [2])
        #expect(batch.changes.map(\.action) == [.backOff(delay: .seconds(10))])
    }

    @Test func `whether a lane was ours all the time is not known behind a claim that was never confirmed`() {
        var state = EngineState(settings: settings)
        let old = lane(1, events: [1])
        state.add([old], leaseEnd: .seconds(15))
        #expect(starts(&state) == [1])
        state.add([lane(1, epoch: 2, events: [])], leaseEnd: .seconds(1), isConfirmed: false)
        #expect(state.claimInForce(for: old.lane)?.epoch == 2)
        state.add([lane(1, epoch: 3, events: [])], leaseEnd: .seconds(30))
        #expect(state.claimInForce(for: old.lane) == nil)
    }

    @Test func `a claim that was believed lost and came true is worked on`() {
        var state = EngineState(settings: settings)
        let old = lane(1, .shared(0), events: [1])
        state.add([old], leaseEnd: .seconds(15))
        #expect(starts(&state) == [1])
        let claim = lane(1, .shared(0), epoch: 2, events: [])
        state.add([claim], leaseEnd: .seconds(1), isConfirmed: false)
        lose(claim, &state)
        state.add([claim], leaseEnd: .seconds(30))
        #expect(state.takeBatch(now: .seconds(2)).changes.map(\.action) == [.refill(after: 0, limit: 26)])
    }

    @Test func `a lane that closed because something was put back goes on when it is claimed again`() {
        var state = EngineState(settings: settings)
        let old = lane(1, .shared(0), events: [1, 2])
        state.add([old], leaseEnd: .seconds(15))
        #expect(starts(&state) == [1, 2])
        state.finish(nil, lane: old.lane, eventID: 1)
        lose(old, &state)
        state.add([lane(1, .shared(0), epoch: 3, events: [])], leaseEnd: .seconds(30))
        let batch = state.takeBatch(now: .seconds(2))
        let rest = Refill(deliveries: [delivery(1, 1), delivery(1, 2)], turn: 0)
        state.written(batch, answer: Settled(lostLanes: [], refills: [1: rest]), sentAt: .seconds(2))
        #expect(starts(&state, now: .seconds(2)) == [1])
    }

    private func failed(_ lane: LoadedLane, _ event: Int64) -> Settlement {
        Settlement(
            lane: lane.lane, eventID: event, attempt: 1,
            result: .retry(reason: "failed", message: "no", delay: .seconds(10)), milliseconds: 1)
    }

    private func lose(_ lane: LoadedLane, _ state: inout EngineState) {
        state.renewed([lane.lane], lost: [lane.lane], sentAt: .zero)
    }
}
