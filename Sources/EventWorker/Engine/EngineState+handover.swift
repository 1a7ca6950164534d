import EventQueue

/// What the router is told of the worker's supply.
extension EngineState {
    /// How many deliveries the router may hand over, by listener.
    var roomToHandOver: [String: Int] {
        var rooms: [String: Int] = [:]
        for listener in caughtUp { rooms[listener] = room(for: listener) }
        return rooms.filter { $0.value >= settings.readAhead / 4 }
    }

    /// Whether one of `names` may soon have nothing to deliver unless more is routed.
    func isHungry(anyOf names: some Sequence<String>) -> Bool {
        guard takesOn else { return false }
        var supplies: [String: Int] = [:]
        for run in lanes.values { supplies[run.lane.listener, default: 0] += run.supply(depth: settings.depth) }
        return names.contains { caughtUp.contains($0) && supplies[$0] ?? 0 < settings.readAhead / 4 }
    }
}
