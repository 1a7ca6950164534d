import EventQueue

extension EngineState {
    /// What is written in one transaction.
    struct Batch {
        var settlements: [Settlement] = []
        var changes: [LaneChange] = []
        var isEmpty: Bool { settlements.isEmpty && changes.isEmpty }

        /// Takes out what is said about `events`, which could not be written with the rest.
        mutating func takeOut(_ events: Set<Int64>) -> [Settlement] {
            guard !events.isEmpty else { return [] }
            let postponed = settlements.filter { events.contains($0.eventID) }
            settlements.removeAll { events.contains($0.eventID) }
            changes = changes.keeping(lanesOf: postponed)
            return postponed
        }
    }
}
