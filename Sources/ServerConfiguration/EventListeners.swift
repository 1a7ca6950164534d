import EventModel

/// Which listeners hear of which event.
public struct EventListeners: Sendable, Equatable {
    /// One line of `event_listeners`.
    public struct Route: Sendable, Equatable {
        /// The event's name as it was written, or ``EventName/wildcard``.
        public let event: String
        /// The names of listeners, in the order of the file.
        public let listeners: [String]
        /// Where the event's name stands.
        public let place: ConfigurationPlace
        /// Where each of the listeners' names stands.
        let listenerPlaces: [ConfigurationPlace]
    }

    /// The lines in their order.
    public let routes: [Route]
    private let byEvent: [String: [String]]

    init(_ routes: [Route] = []) {
        self.routes = routes
        byEvent = Dictionary(
            routes.map { (EventName.normalized($0.event), $0.listeners) }, uniquingKeysWith: { first, _ in first })
    }

    /// The names of the listeners of `event`, each once: those of its own line first, then those of `*`.
    ///
    /// Spelling variants of one name (`messages.upsert`, `MESSAGES_UPSERT`) are the same event.
    public func names(for event: String) -> [String] {
        let own = byEvent[EventName.normalized(event)] ?? []
        let all = byEvent[EventName.wildcard] ?? []
        var seen: Set<String> = []
        return (own + all).filter { seen.insert($0).inserted }
    }
}
