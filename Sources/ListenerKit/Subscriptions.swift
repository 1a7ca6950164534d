import EventModel

/// Who listens to what: the listeners of the configuration and the events they are registered for.
///
/// A value: reloading the configuration makes a new one.
public struct Subscriptions: Sendable {
    /// The listeners that deliver, by name. Disabled ones are not among them.
    public let listeners: [String: RegisteredListener]
    /// Names of listeners that are configured but switched off.
    public let disabled: Set<String>
    private let byEvent: [String: [String]]

    /// - Parameter events: event names, or `*`, each with its listeners in order.
    public init(listeners: [RegisteredListener], disabled: Set<String> = [], events: [String: [String]]) {
        self.listeners = Dictionary(listeners.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        self.disabled = disabled
        byEvent = Dictionary(
            events.map { (EventName.normalized($0.key), $0.value) }, uniquingKeysWith: { first, _ in first })
    }

    /// Every listener registered for an event, enabled or not: those of its name first, then those of `*`.
    public func registered(for eventName: String) -> [String] {
        let exact = byEvent[EventName.normalized(eventName)] ?? []
        let all = byEvent[EventName.wildcard] ?? []
        return exact + all.filter { !exact.contains($0) }
    }

    /// The listeners that an event is delivered to.
    public func active(for eventName: String) -> [String] {
        registered(for: eventName).filter { listeners[$0] != nil }
    }
}
