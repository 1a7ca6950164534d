import EventQueue
import QueueFixtures
import Synchronization
import Testing

@testable import EventWorker

@Suite struct RunningDeliveriesTests {
    private let key = RunningDeliveries.Key(laneID: 1, epoch: 1, eventID: 1)

    @Test func `a listener's time begins when it is asked`() async throws {
        let (running, end) = (RunningDeliveries(), Wakeup())
        let abandoned = SharedCount()
        running.start(key, deadline: nil) {
            await end.wait()
        } onAbandon: {
            abandoned.add()
        }
        running.checkDeadlines(now: .seconds(3600), abandonAfter: .seconds(5))
        running.checkDeadlines(now: .seconds(7200), abandonAfter: .seconds(5))
        #expect(abandoned.value == 0)
        running.ask(key, deadline: .seconds(7230))
        running.checkDeadlines(now: .seconds(7230), abandonAfter: .seconds(5))
        #expect(abandoned.value == 0)
        running.checkDeadlines(now: .seconds(7235), abandonAfter: .seconds(5))
        #expect(abandoned.value == 1)
        guard case .tooLate = running.end(key) else { Issue.record("its end counts"); return }
        end.signal()
    }

    @Test func `what was started under a later claim of a lane is not cancelled with the one before`() async {
        let (running, ended) = (RunningDeliveries(), Wakeup())
        let cancelled = Mutex<[Int64]>([])
        for epoch in Int64(1)...3 {
            running.start(.init(laneID: 1, epoch: epoch, eventID: epoch), deadline: nil) {
                try? await Task.sleep(for: .seconds(600))
                cancelled.withLock { $0.append(epoch) }
                ended.signal()
            } onAbandon: {
            }
        }
        running.cancel(startedUnder: [Lane(id: 1, listener: "a", key: .ordered("k"), epoch: 2)])
        while cancelled.withLock({ $0.count }) < 2 { await ended.wait() }
        #expect(cancelled.withLock { $0.sorted() } == [1, 2])
        running.cancel()
        while cancelled.withLock({ $0.count }) < 3 { await ended.wait() }
    }

    @Test func `a task that goes on has the next delivery's time, and is cancelled when that is over`() async throws {
        let (running, first, second) = (RunningDeliveries(), Wakeup(), Wakeup())
        let next = RunningDeliveries.Key(laneID: 1, epoch: 1, eventID: 2)
        let (ended, wasCancelled) = (Wakeup(), SharedCount())
        running.start(key, deadline: .seconds(10)) { [key] in
            await first.wait()
            guard case .ended(let task) = running.end(key) else { return }
            running.start(next, deadline: .seconds(100), in: task) {
            } onAbandon: {
            }
            ended.signal()
            await second.wait()
            if Task.isCancelled { wasCancelled.add() }
            guard case .timedOut = running.end(next) else { return }
            ended.signal()
        } onAbandon: {
        }
        first.signal()
        await ended.wait()
        running.checkDeadlines(now: .seconds(99), abandonAfter: .seconds(5))
        running.checkDeadlines(now: .seconds(100), abandonAfter: .seconds(5))
        await ended.wait()
        #expect(wasCancelled.value == 1)
    }
}
