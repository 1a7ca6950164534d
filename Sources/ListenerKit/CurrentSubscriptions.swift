import Synchronization

/// The subscriptions in force: everybody asks here, and a reload replaces them for all at once.
public final class CurrentSubscriptions: Sendable {
    private let state: Mutex<State>

    private struct State {
        var subscriptions: Subscriptions
        /// Answers of ``active(for:)`` so far: the same few names come again and again.
        var active: [String: [String]] = [:]
    }

    /// How many names are remembered; names come from outside, so there is a limit.
    private static let maximumRemembered = 1000

    public init(_ subscriptions: Subscriptions) {
        state = Mutex(State(subscriptions: subscriptions))
    }

    public var value: Subscriptions {
        state.withLock { $0.subscriptions }
    }

    public func replace(with subscriptions: Subscriptions) {
        state.withLock { $0 = State(subscriptions: subscriptions) }
    }

    /// The listeners that an event is delivered to.
    public func active(for eventName: String) -> [String] {
        state.withLock { state in
            if let known = state.active[eventName] { return known }
            let found = state.subscriptions.active(for: eventName)
            if state.active.count >= Self.maximumRemembered { state.active.removeAll() }
            state.active[eventName] = found
            return found
        }
    }
}
