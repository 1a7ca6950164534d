import QueueFixtures
import Testing

@testable import EventQueue
@testable import EventWorker

extension EngineStateTests {
    @Test func `what the router hands over starts at once`() {
        var state = EngineState(settings: settings)
        let loaded = lane(1, .shared(0), events: [1])
        state.add([loaded], leaseEnd: .seconds(15))
        #expect(starts(&state) == [1])
        state.extend(by: added(to: loaded, turn: 1, events: [2, 3]))
        #expect(starts(&state) == [2, 3])
        #expect(state.room(for: "a") == 97)
    }

    @Test func `where something came between, a lane is read instead of taking what is handed over`() {
        var state = EngineState(settings: settings)
        let loaded = lane(1, events: [1])
        state.add([loaded], leaseEnd: .seconds(15))
        _ = starts(&state)
        // Turn 1 was another worker's: what it has put in must not be overtaken, and may be older than what was read.
        state.extend(by: added(to: loaded, turn: 2, events: [3]))
        state.finish(delivered(loaded, 1), lane: loaded.lane, eventID: 1)
        let batch = state.takeBatch(now: .zero)
        #expect(batch.changes.map(\.action) == [.refill(after: 0, limit: 33)])
        state.written(
            batch, answer: Settled(lostLanes: [], refills: [1: Refill(deliveries: [delivery(1, 2)], turn: 1)]),
            sentAt: .zero)
        #expect(starts(&state) == [2])
        state.finish(delivered(loaded, 2), lane: loaded.lane, eventID: 2)
        // The reading was of turn 1, and there was a second one.
        #expect(state.takeBatch(now: .zero).changes.map(\.action) == [.refill(after: 2, limit: 32)])
    }

    @Test func `nothing is taken into a lane that is being given back`() {
        var state = EngineState(settings: settings)
        let loaded = lane(1, events: [1])
        state.add([loaded], leaseEnd: .seconds(15))
        _ = starts(&state)
        state.finish(delivered(loaded, 1), lane: loaded.lane, eventID: 1)
        let batch = state.takeBatch(now: .zero)
        #expect(batch.changes.map(\.action) == [.release])
        state.extend(by: added(to: loaded, turn: 1, events: [2]))
        #expect(starts(&state) == [])
        state.written(batch, answer: Settled(lostLanes: [], refills: [:]), sentAt: .zero)
        #expect(state.isIdle)
        #expect(state.room(for: "a") == 100)
    }

    @Test func `a lane that is filled behind our back is read from its start`() {
        var state = EngineState(settings: settings)
        let loaded = lane(1, events: [5, 6])
        state.add([loaded], leaseEnd: .seconds(15))
        _ = starts(&state)
        // A scheduled event became due: it is older than what was read.
        state.extend(by: added(to: loaded, turn: 1, events: [2]))
        state.finish(delivered(loaded, 5), lane: loaded.lane, eventID: 5)
        #expect(state.takeBatch(now: .zero).changes.map(\.action) == [.release])
    }

    @Test func `a shared lane that is filled behind our back goes on, and is read from its start`() {
        var state = EngineState(settings: settings)
        let loaded = lane(1, .shared(0), events: [5, 6])
        state.add([loaded], leaseEnd: .seconds(15))
        #expect(starts(&state) == [5, 6])
        state.extend(by: added(to: loaded, turn: 1, events: [2]))
        let batch = state.takeBatch(now: .zero)
        #expect(batch.changes.map(\.action) == [.refill(after: 0, limit: 27)])
        let refill = Refill(deliveries: [2, 5, 6].map { delivery(1, $0) }, turn: 1)
        state.written(batch, answer: Settled(lostLanes: [], refills: [1: refill]), sentAt: .zero)
        #expect(starts(&state) == [2])
    }

    @Test func `ready lanes are claimed before the router hands anything over`() {
        var state = EngineState(settings: settings)
        #expect(state.roomToHandOver.isEmpty)
        state.note("a", isCaughtUp: true)
        #expect(state.roomToHandOver == ["a": 100])
        state.note("a", isCaughtUp: false)
        #expect(state.roomToHandOver.isEmpty)
    }

    @Test func `more of a backlog is wanted only by those who would soon have nothing to do`() {
        var state = EngineState(settings: settings)
        // What is ready comes before what is not even routed.
        #expect(!state.isHungry(anyOf: ["a", "b"]))
        state.note("a", isCaughtUp: true)
        #expect(state.isHungry(anyOf: ["a", "b"]))
        state.add([lane(1, .shared(0), events: Array(1...40))], leaseEnd: .seconds(15))
        #expect(!state.isHungry(anyOf: ["a", "b"]))
        state.note("b", isCaughtUp: true)
        #expect(state.isHungry(anyOf: ["a", "b"]))
    }

    @Test func `nothing is wanted that could not be handed over`() {
        var state = EngineState(settings: settings)
        state.note("a", isCaughtUp: true)
        let loaded = lane(1, .shared(0), events: Array(1...80))
        state.add([loaded], leaseEnd: .seconds(15))
        var next: Int64 = 1
        while !state.takeStarts(now: .zero, subscriptions: subscriptions).isEmpty {
            for _ in 0..<3 where next <= 80 {
                state.finish(delivered(loaded, next), lane: loaded.lane, eventID: next)
                next += 1
            }
        }
        // All is delivered and nothing is written.
        #expect((state.room(for: "a"), state.isHungry(anyOf: ["a"])) == (20, false))
        let batch = state.takeBatch(now: .zero)
        state.written(batch, answer: Settled(lostLanes: [], refills: [:]), sentAt: .zero)
        #expect((state.room(for: "a"), state.isHungry(anyOf: ["a"])) == (100, true))
    }

    @Test func `a shared lane is read again only where our router has not just put something in`() {
        var state = EngineState(settings: settings)
        let loaded = lane(1, .shared(0), events: [1])
        state.add([loaded], leaseEnd: .seconds(15))
        #expect(starts(&state) == [1])
        state.extend(by: added(to: loaded, turn: 1, events: [2]))
        #expect(starts(&state) == [2])
        state.lookAgain(at: "a")
        #expect(state.takeBatch(now: .zero).changes.isEmpty)
        state.lookAgain(at: "a")
        #expect(state.takeBatch(now: .zero).changes.map(\.action) == [.refill(after: 0, limit: 27)])
    }

    @Test func `a shared lane is read from its start now and then however often our router puts something in`() {
        var state = EngineState(settings: settings)
        let loaded = lane(1, .shared(0), events: [1])
        state.add([loaded], leaseEnd: .seconds(15))
        var looks = 0
        for turn in Int64(1)...25 where state.lanes[1]?.hasMore == false {
            state.extend(by: added(to: loaded, turn: turn, events: [turn + 1]))
            for event in starts(&state) {
                state.finish(delivered(loaded, event), lane: loaded.lane, eventID: event)
            }
            state.lookAgain(at: "a")
            looks += 1
        }
        #expect(looks == 10)
        #expect(state.takeBatch(now: .zero).changes.map(\.action) == [.refill(after: 0, limit: 36)])
    }

    @Test func `a shared lane gives way only where somebody could take its turn`() {
        var settings = settings
        settings.sharedQuantum = 2
        for (isAlone, isCaughtUp) in [(true, true), (true, false), (false, true)] {
            var state = EngineState(settings: settings)
            state.isAlone = isAlone
            state.note("a", isCaughtUp: isCaughtUp)
            let loaded = lane(1, .shared(0), events: [1, 2, 3])
            state.add([loaded], leaseEnd: .seconds(15))
            #expect(starts(&state) == (isAlone && isCaughtUp ? [1, 2, 3] : [1, 2]))
        }
    }

    @Test func `a shared lane that nobody waits for is given back all the same after a while`() {
        var settings = settings
        settings.sharedQuantum = 2
        var state = EngineState(settings: settings)
        state.isAlone = true
        state.note("a", isCaughtUp: true)
        let loaded = lane(1, .shared(0), events: Array(1...6))
        state.add([loaded], leaseEnd: .seconds(15))
        #expect(starts(&state) == [1, 2, 3])
        for event in Int64(1)...3 { state.finish(delivered(loaded, event), lane: loaded.lane, eventID: event) }
        state.written(state.takeBatch(now: .zero), answer: Settled(lostLanes: [], refills: [:]), sentAt: .zero)
        #expect(starts(&state, now: .seconds(10)) == [4])
        state.finish(delivered(loaded, 4), lane: loaded.lane, eventID: 4)
        #expect(state.takeBatch(now: .seconds(10)).changes.map(\.action) == [.release])
    }

    @Test func `a lane that is being given back feeds nobody`() {
        var state = EngineState(settings: settings)
        state.note("a", isCaughtUp: true)
        let loaded = lane(1, .shared(0), events: [1, 2])
        state.add([loaded], leaseEnd: .seconds(15))
        #expect(starts(&state) == [1, 2])
        // There may be more to read in it.
        state.lookAgain(at: "a")
        #expect(!state.isHungry(anyOf: ["a"]))
        state.finish(nil, lane: loaded.lane, eventID: 1)
        #expect(state.isHungry(anyOf: ["a"]))
    }

    @Test func `what waits behind a delivery of its lane feeds nobody`() {
        var state = EngineState(settings: settings)
        state.note("a", isCaughtUp: true)
        state.add([lane(1, events: Array(1...40))], leaseEnd: .seconds(15))
        #expect(!state.isHungry(anyOf: ["a"]))
        #expect(starts(&state) == [1])
        #expect(state.isHungry(anyOf: ["a"]))
    }
}
