import EventQueue

/// What the router is told of the worker's supply.
extension EngineState {
    /// How many deliveries the router may hand over, by listener.
    var roomToHandOver: [String: Int] {
        var rooms: [String: Int] = [:]
        for listener in caughtUp { rooms[listener] = room(for: listener) }
        return rooms.filter { isWorthHandingOver($0.value) }
    }

    /// Whether one of `names` may soon have nothing to deliver unless more is routed, and has room for it, but for what is under way:
    /// what cannot be handed over has to be read again.
    func isHungry(anyOf names: some Sequence<String>) -> Bool {
        guard takesOn else { return false }
        var supplies: [String: Int] = [:]
        for run in lanes.values { supplies[run.lane.listener, default: 0] += run.supply(depth: settings.depth) }
        return names.contains {
            caughtUp.contains($0) && supplies[$0] ?? 0 < settings.readAhead / 4
                && isWorthHandingOver(room(for: $0) + running(of: $0))
        }
    }

    private func isWorthHandingOver(_ room: Int) -> Bool { room >= settings.readAhead / 4 }
}
