import EventModel

extension ValueFormat where Value == EventListeners {
    /// The mapping under `event_listeners`. Whether the listeners exist is looked at once all are known.
    static let eventListeners = ValueFormat(
        summary: "mapping of event names to lists of listeners",
        read: { written, problems in
            guard let written = written.unfolded(&problems) else { return nil }
            guard case .mapping(let entries) = written.content else {
                problems.append(written.problem("must be a mapping of events to listeners, but is \(written.noun)"))
                return nil
            }
            var spellings: [String: String] = [:]
            var routes: [EventListeners.Route] = []
            for entry in entries {
                if let message = problem(with: entry.name, spellings: &spellings) {
                    problems.append(
                        ConfigurationProblem(place: entry.place, key: entry.value.key, message: message))
                } else if let route = route(entry, &problems) {
                    routes.append(route)
                }
            }
            return EventListeners(routes)
        },
        write: { listeners in
            if listeners.routes.isEmpty { return nil }
            let entries = listeners.routes.map { route in
                "\(YAMLText.flow(route.event)): [\(route.listeners.map(YAMLText.flow).joined(separator: ", "))]"
            }
            return "{" + entries.joined(separator: ", ") + "}"
        })

    private static func problem(with event: String, spellings: inout [String: String]) -> String? {
        if event.isEmpty { return "an event needs a name" }
        if event.count > EventName.maximumLength {
            return "an event's name has at most \(EventName.maximumLength) characters"
        }
        let normalized = EventName.normalized(event)
        if let other = spellings[normalized] {
            return "is another spelling of \"\(other)\", which stands above; keep one of them"
        }
        spellings[normalized] = event
        return nil
    }

    private static func route(
        _ entry: WrittenValue.Entry, _ problems: inout [ConfigurationProblem]
    ) -> EventListeners.Route? {
        let elements = entry.value.elements(splitsCommas: false)
        let names = elements.compactMap { ValueFormat<String>.text.read($0, &problems) }
        guard names.count == elements.count else { return nil }
        for (index, name) in names.enumerated() where names[..<index].contains(name) {
            problems.append(elements[index].problem("the listener \"\(name)\" stands twice"))
        }
        return EventListeners.Route(
            event: entry.name, listeners: names, place: entry.place, listenerPlaces: elements.map(\.place))
    }
}
