import EventQueue
import Synchronization

/// The deliveries that are under way, each with its task and its time limit. A task may go on to another delivery after one has ended.
final class RunningDeliveries: Sendable {
    struct Key: Hashable {
        let laneID: Int64
        let epoch: Int64
        let eventID: Int64
    }

    private struct Running {
        let task: Task<Void, Never>
        /// Nil as long as the listener was not asked: it is its time that is limited.
        var deadline: Duration?
        let onAbandon: @Sendable () -> Void
        var isTimedOut = false
    }

    /// Why a delivery's end counts.
    enum Ending {
        /// The task may go on to another delivery.
        case ended(Task<Void, Never>)
        /// It was cancelled because its time was over.
        case timedOut
        /// It was given up before: what it says now comes too late.
        case tooLate
    }

    private let state = Mutex<[Key: Running]>([:])

    /// Starts a delivery: in `task`, which has ended another one and goes on to this one by itself, or by `body` in a task of its own. The
    /// lock is held meanwhile, so that the task cannot end before it is known.
    ///
    /// - Parameter deadline: nil where the listener is asked later: ``ask(_:deadline:)``.
    /// - Parameter onAbandon: called instead, where the delivery has not ended long after its time limit.
    func start(
        _ key: Key, deadline: Duration?, in task: Task<Void, Never>? = nil,
        _ body: @escaping @Sendable () async -> Void,
        onAbandon: @escaping @Sendable () -> Void
    ) {
        state.withLock { running in
            running[key] = Running(task: task ?? Task { await body() }, deadline: deadline, onAbandon: onAbandon)
        }
    }

    /// Says that the listener is asked from now on.
    func ask(_ key: Key, deadline: Duration) {
        state.withLock { $0[key]?.deadline = deadline }
    }

    func end(_ key: Key) -> Ending {
        state.withLock { running in
            guard let ended = running.removeValue(forKey: key) else { return .tooLate }
            return ended.isTimedOut ? .timedOut : .ended(ended.task)
        }
    }

    /// Cancels what is over its time, and gives up what has not come back long after that.
    func checkDeadlines(now: Duration, abandonAfter: Duration) {
        let abandoned = state.withLock { running in
            var abandoned: [@Sendable () -> Void] = []
            for (key, delivery) in running {
                guard let deadline = delivery.deadline, deadline <= now else { continue }
                if !delivery.isTimedOut {
                    running[key]?.isTimedOut = true
                    delivery.task.cancel()
                } else if deadline + abandonAfter <= now {
                    running[key] = nil
                    abandoned.append(delivery.onAbandon)
                }
            }
            return abandoned
        }
        for abandon in abandoned { abandon() }
    }

    /// Cancels everything.
    func cancel() {
        state.withLock { running in
            for delivery in running.values { delivery.task.cancel() }
        }
    }

    /// Cancels what was started under some claims, or under earlier ones of their lanes.
    func cancel(startedUnder claims: [Lane]) {
        let epochs = Dictionary(claims.map { ($0.id, $0.epoch) }, uniquingKeysWith: max)
        state.withLock { running in
            for (key, delivery) in running where epochs[key.laneID].map({ key.epoch <= $0 }) ?? false {
                delivery.task.cancel()
            }
        }
    }
}
