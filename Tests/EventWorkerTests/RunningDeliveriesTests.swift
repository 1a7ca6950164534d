import QueueFixtures
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
        #expect(running.end(key) == .tooLate)
        end.signal()
    }
}
