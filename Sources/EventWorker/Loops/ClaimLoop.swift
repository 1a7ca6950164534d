import EventModel
import EventQueue
import ListenerKit
import Logging
import Observability

/// Claims lanes for the engine, for as many deliveries as each listener has room for.
struct ClaimLoop {
    let store: any DeliveryStore
    let engine: DeliveryEngine
    let hints: ClaimHints
    let subscriptions: CurrentSubscriptions
    let settings: WorkerSettings
    let time: MonotonicTime
    let logger: Logger

    /// How many lanes are claimed in one transaction.
    static let lanesPerClaim = 256
    /// How long to wait after a claim that failed; twice as long after the next one.
    private static let shortestDelay = Duration.milliseconds(100)

    func run() async {
        var nextPoll = Duration.zero
        var delay = Self.shortestDelay
        while !Task.isCancelled {
            var (listeners, due) = hints.take(now: time.now)
            let names = subscriptions.value.listeners.keys
            if time.now >= nextPoll {
                // Other workers route into lanes that we hold, too.
                for listener in names { engine.lookAgain(at: listener) }
                listeners.formUnion(names)
                nextPoll = time.now + settings.pollInterval.upperBound * Double.random(in: 0.8...1.2)
            }
            do {
                let again = try await claim(listeners.intersection(names))
                delay = Self.shortestDelay
                hints.add(again)
                if !again.isEmpty { continue }
            } catch {
                logger.error("claiming failed, will be tried again", metadata: [LogKeys.error: "\(error)"])
                try? await Task.sleep(for: delay)
                delay = min(delay * 2, settings.pollInterval.upperBound)
                hints.add(listeners)
                continue
            }
            let next = min(nextPoll, due ?? nextPoll)
            await hints.wait(upTo: max(next - time.now, .milliseconds(1)))
        }
    }

    /// Claims for each of `listeners` that has room. Returns those that may have more ready lanes, and room for them.
    private func claim(_ listeners: Set<String>) async throws -> Set<String> {
        var again: Set<String> = []
        for listener in listeners {
            let room = engine.room(for: listener)
            guard room >= max(settings.engine.readAhead / 4, 1) else {
                engine.note(listener, isCaughtUp: false)
                continue
            }
            let limit = min(room, Self.lanesPerClaim)
            let lanes = try await engine.takeOver {
                try await store.claim(
                    listener: listener, lanes: limit, depth: settings.engine.depth, lease: settings.engine.lease)
            }
            engine.note(listener, isCaughtUp: lanes.count < limit)
            if lanes.count == limit { again.insert(listener) }
        }
        return again
    }
}
