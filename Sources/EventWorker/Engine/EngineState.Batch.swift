import EventQueue

extension EngineState {
    /// What is written in one transaction.
    struct Batch {
        var settlements: [Settlement] = []
        var changes: [LaneChange] = []
        var isEmpty: Bool { settlements.isEmpty && changes.isEmpty }
    }
}
