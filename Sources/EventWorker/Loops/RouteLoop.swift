import EventModel
import EventQueue
import Glibc
import Logging
import MariaDBClient
import Neighbours
import Observability

/// Routes what was accepted, at once when the doorbell rings and now and then otherwise, and takes of it what the engine has room for.
///
/// All on the thread of its connection, which itself waits at the doorbell: every event is on its way through here, and each change of
/// threads would delay it.
struct RouteLoop {
    let desk: RoutingDesk
    let engine: DeliveryEngine
    let owner: Int64
    let hints: ClaimHints
    let bell: DoorbellListener
    let settings: WorkerSettings
    let time: MonotonicTime
    let logger: Logger

    /// How long somebody else may route without a pause before it is said.
    static let busyLimit = Duration.seconds(15)
    private static let busyPause = Duration.milliseconds(50)
    static let busyWarning: Logger.Message = "routing has been locked by another connection for long"

    /// How often a router at rest looks whether somebody is hungry, in microseconds.
    private static let restStep: UInt32 = 10_000

    /// Returns when cancelled.
    func run() async {
        await withTaskCancellationHandler {
            await desk.occupy { session in work(session) }
        } onCancel: {
            bell.stop()
        }
    }

    private func work(_ session: DatabaseSession) {
        var interval = settings.pollInterval.lowerBound
        var busySince: Duration?
        var wereLocked = false
        while !bell.isStopped {
            do {
                let routed = try route(session)
                hints.add(routed.toClaim)
                busySince = routed.isBusy ? busySince ?? time.now : nil
                if let since = busySince, time.now - since > Self.busyLimit {
                    logger.warning(Self.busyWarning)
                    busySince = time.now
                }
                if routed.locked > 0, !wereLocked {
                    logger.warning(
                        "events are left out: somebody's open transaction has their rows locked",
                        metadata: [LogKeys.count: "\(routed.locked)"])
                }
                wereLocked = routed.locked > 0
                if routed.invalid > 0 {
                    logger.error("events without valid JSON", metadata: [LogKeys.count: "\(routed.invalid)"])
                }
                if routed.mayHaveMore {
                    rest()
                    continue
                }
                interval =
                    routed.events > 0
                    ? settings.pollInterval.lowerBound : min(interval * 2, settings.pollInterval.upperBound)
                // Whoever had the mutex may not have been routing: what has rung for us must not wait for the next ring.
                if routed.isBusy { interval = min(interval, Self.busyPause) }
            } catch {
                engine.note(isRouterBehind: false)
                logger.error("routing failed, will be tried again", metadata: [LogKeys.error: "\(error)"])
                interval = settings.pollInterval.upperBound
            }
            bell.wait(upTo: interval * Double.random(in: 0.8...1.2))
        }
    }

    /// Lets deliveries have the machine while nobody here would get anything to do by more of a backlog. Whoever is hungry elsewhere
    /// routes for himself.
    private func rest() {
        let end = time.now + settings.pollInterval.upperBound
        while !engine.isHungry, !bell.isStopped, time.now < end { usleep(Self.restStep) }
    }

    private func route(_ session: DatabaseSession) throws -> Routed {
        let offer = HandoverOffer(
            owner: owner, lease: settings.engine.lease, depth: settings.engine.depth, room: engine.roomToHandOver)
        let sentAt = time.now
        let routed = try session.run { try desk.route(limit: settings.routeBatch, offer: offer, on: $0) }
        engine.note(isRouterBehind: routed.mayHaveMore)
        engine.take(routed.handover, leaseEnd: sentAt + settings.engine.lease)
        return routed
    }
}
