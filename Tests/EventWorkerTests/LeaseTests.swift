import EventModel
import EventQueue
import FoundationEssentials
import ListenerKit
import Logging
import QueueFixtures
import Synchronization
import TestServers
import Testing

@testable import EventWorker

@Suite struct LeaseTests {
    /// A store whose reading of a payload takes as long as the test likes.
    private final class SlowStore: DeliveryStore {
        let now = Mutex(Duration.zero)
        let readingTime: Duration
        let changes = Mutex<[LaneChange.Action]>([])
        let counted = Mutex<[CountedAttempt]>([])

        init(readingTime: Duration) {
            self.readingTime = readingTime
        }

        func payload(ofEvent id: Int64) -> [UInt8]? {
            now.withLock { $0 += readingTime }
            return [0x31]
        }

        func settle(_ settlements: [Settlement], changes: [LaneChange], lease: Duration) -> Settled {
            self.changes.withLock { $0 += changes.map(\.action) }
            return Settled(lostLanes: [], refills: [:])
        }

        func claim(listener: String, lanes: Int, depth: LaneDepth, lease: Duration) -> [LoadedLane] { [] }
        func claim(ids: [Int64], depth: LaneDepth, lease: Duration) -> [LoadedLane] { [] }

        func count(_ attempt: CountedAttempt) -> Bool {
            counted.withLock { $0.append(attempt) }
            return true
        }

        func renew(_ lanes: [Lane], lease: Duration) throws -> Set<Lane> { throw CancellationError() }
        func partsDone(ofEvent id: Int64, by listener: String) -> Set<String> { [] }
    }

    @Test func `a delivery is ours for as long as its lease is renewed`() async throws {
        let store = SlowStore(readingTime: .zero)
        let listener = RecordingListener { delivery in
            store.now.withLock { $0 = .seconds(6) }
            try? await waitUntil("the lease is renewed") { store.changes.withLock { $0 == [.keep] } }
            store.now.withLock { $0 = .seconds(18) }
            let isOurs = delivery.isOurs()
            store.now.withLock { $0 = .seconds(60) }
            return isOurs && !delivery.isOurs() ? .delivered() : .permanent(Failure(.failed, "ours: \(isOurs)"))
        }
        #expect(await run(listener, store).calls.map(\.outcome) == [.delivered()])
    }

    @Test(arguments: [(Duration.seconds(14), 1), (.seconds(15), 0)])
    func `no listener is asked once the lease has run out`(readingTime: Duration, calls: Int) async {
        let store = SlowStore(readingTime: readingTime)
        #expect(await run(RecordingListener(), store).calls.count == calls)
        #expect(store.changes.withLock { $0 } == [.release])
    }

    @Test func `an attempt that was counted ahead is taken back under the claim that is in force then`() async throws {
        let store = SlowStore(readingTime: .zero)
        let listener = RecordingListener { _ in
            try? await Task.sleep(for: .seconds(600))
            return .putBack
        }
        let engine = engine(listener, store)
        let running = Task { await engine.run() }
        engine.add([loaded(suspectThrough: 1)], leaseEnd: .seconds(15))
        try await waitUntil("the listener is asked") { !listener.begun.isEmpty }
        engine.add([loaded(epoch: 2, suspectThrough: 1)], leaseEnd: .seconds(600))
        #expect(await engine.stop(running, grace: .zero))
        #expect(store.counted.withLock { $0.map(\.attempts) } == [1, 0])
        #expect(store.counted.withLock { $0.map(\.lane.epoch) } == [1, 2])
    }

    /// Has an engine deliver one event of a lane that is ours until 15 s.
    private func run(_ listener: RecordingListener, _ store: SlowStore) async -> RecordingListener {
        let engine = engine(listener, store)
        let running = Task { await engine.run() }
        engine.add([loaded()], leaseEnd: .seconds(15))
        await engine.waitUntilAtRest()
        #expect(await engine.stop(running, grace: .seconds(1)))
        return listener
    }

    private func engine(_ listener: RecordingListener, _ store: SlowStore) -> DeliveryEngine {
        let registered = RegisteredListener(
            name: "a", type: "test", listener: listener, timeout: .seconds(30), maximumInFlight: 8)
        return DeliveryEngine(
            store: store, subscriptions: CurrentSubscriptions(Subscriptions(listeners: [registered], events: [:])),
            settings: EngineSettings(), time: MonotonicTime { store.now.withLock { $0 } }, hints: ClaimHints(),
            logger: Logger(label: "test"))
    }

    private func loaded(epoch: Int64 = 1, suspectThrough: Int64 = 0) -> LoadedLane {
        let lane = Lane(id: 1, listener: "a", key: .ordered("k"), epoch: epoch, suspectThrough: suspectThrough)
        let event = Event(id: 1, uuid: "u", name: "e", payload: [], acceptedAt: Date(), maxAttempts: 3)
        let delivery = OpenDelivery(laneID: 1, eventID: 1, attempts: 0, event: event, isPayloadDeferred: true)
        return LoadedLane(lane: lane, deliveries: [delivery], hasMore: false)
    }
}
