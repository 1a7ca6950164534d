import Synchronization

/// Which listeners may have lanes that are ready, so that a claim is not sent for each of them all the time.
public final class ClaimHints: Sendable {
    private struct State {
        var ready: Set<String> = []
        var due: [String: Duration] = [:]
    }

    private let state = Mutex(State())
    private let wakeup = Wakeup()

    public init() {}

    /// Says that listeners may have lanes that are ready now.
    public func add(_ listeners: Set<String>) {
        guard !listeners.isEmpty else { return }
        state.withLock { $0.ready.formUnion(listeners) }
        wakeup.signal()
    }

    /// Says that a listener has a lane that will be ready at a time. Of several times the earliest is kept.
    func add(_ listener: String, at time: Duration) {
        state.withLock { $0.due[listener] = min($0.due[listener] ?? time, time) }
        wakeup.signal()
    }

    /// The listeners to ask for now, and when the next one is due.
    func take(now: Duration) -> (ready: Set<String>, nextDue: Duration?) {
        state.withLock { state in
            for (listener, time) in state.due where time <= now {
                state.ready.insert(listener)
                state.due[listener] = nil
            }
            defer { state.ready.removeAll(keepingCapacity: true) }
            return (state.ready, state.due.values.min())
        }
    }

    func wait(upTo limit: Duration) async {
        await wakeup.wait(upTo: limit)
    }
}
