import EventModel
import EventQueue
import Logging
import Observability
import Synchronization

/// Says in the log what became of deliveries, and counts them.
public final class DeliveryReport: Sendable {
    /// How many attempts ended how.
    public struct Totals: Sendable, Equatable {
        public var delivered = 0
        public var retried = 0
        public var dead = 0
    }

    private let counts = Mutex(Totals())
    /// When it was last said that a delivery could not be prepared, on our clock.
    private let saidUnprepared = Mutex<Duration?>(nil)
    private let logger: Logger

    init(logger: Logger) {
        self.logger = logger
    }

    public var totals: Totals { counts.withLock { $0 } }

    func ended(_ settlement: Settlement, event: Event) {
        switch settlement.result {
        case .delivered(let detail):
            logger.debug("delivered", metadata: metadata(settlement, event, ["outcome": "\(detail)"]))
        case .retry(let reason, let message, let delay):
            logger.warning(
                "delivery failed, will be retried",
                metadata: metadata(
                    settlement, event,
                    [
                        LogKeys.reason: "\(reason)", LogKeys.error: "\(message)",
                        LogKeys.retryInMilliseconds: "\(delay.milliseconds)",
                    ]))
        case .dead(let reason, let message):
            logger.error(
                "delivery failed for good",
                metadata: metadata(settlement, event, [LogKeys.reason: "\(reason)", LogKeys.error: "\(message)"]))
        case .vanished:
            break
        }
    }

    func postponed(_ settlements: [Settlement]) {
        logger.warning(
            "results wait: somebody's open transaction has the rows of their events locked",
            metadata: [LogKeys.count: "\(settlements.count)"])
    }

    /// Counts what is in the tables now.
    func written(_ settlements: [Settlement], lostLanes: Set<Lane>) {
        counts.withLock { counts in
            for settlement in settlements where !lostLanes.contains(settlement.lane) {
                switch settlement.result {
                case .delivered: counts.delivered += 1
                case .retry: counts.retried += 1
                case .dead: counts.dead += 1
                case .vanished: break
                }
            }
        }
        lost(lostLanes)
    }

    func lost(_ lanes: Set<Lane>) {
        guard !lanes.isEmpty else { return }
        logger.warning("lanes were taken over by another worker", metadata: [LogKeys.count: "\(lanes.count)"])
    }

    func couldNotWrite(_ error: any Error) {
        logger.error("results could not be written, will be tried again", metadata: [LogKeys.error: "\(error)"])
    }

    /// Says it once in ten seconds: it concerns all that are under way, each several times a second.
    func couldNotPrepare(_ error: any Error, now: Duration) {
        let isNews = saidUnprepared.withLock { last in
            guard last.map({ now - $0 >= .seconds(10) }) ?? true else { return false }
            last = now
            return true
        }
        guard isNews else { return }
        logger.error(
            "deliveries could not be prepared, will be tried again", metadata: [LogKeys.error: "\(error)"])
    }

    func couldNotRenew(_ error: any Error) {
        logger.warning("leases could not be renewed, will be tried again", metadata: [LogKeys.error: "\(error)"])
    }

    func abandoned(_ lane: Lane, eventID: Int64) {
        logger.error(
            "a listener did not return after its time limit",
            metadata: [LogKeys.listener: "\(lane.listener)", LogKeys.eventID: "\(eventID)"])
    }

    private func metadata(_ settlement: Settlement, _ event: Event, _ more: Logger.Metadata) -> Logger.Metadata {
        var metadata: Logger.Metadata = [
            LogKeys.eventID: "\(event.id)", LogKeys.eventUUID: "\(event.uuid)", LogKeys.eventName: "\(event.name)",
            LogKeys.listener: "\(settlement.lane.listener)", LogKeys.attemptNumber: "\(settlement.attempt)",
            LogKeys.milliseconds: "\(settlement.milliseconds)",
        ]
        if let requestID = event.requestID { metadata[LogKeys.requestID] = "\(requestID)" }
        return metadata.merging(more) { _, new in new }
    }
}
