import EventQueue

/// How many events a run may still look after.
struct EventBudget {
    /// The events that were let in.
    private(set) var admitted: Set<Int64> = []
    private var spent = 0
    private let limit: Int

    init(limit: Int) {
        self.limit = limit
    }

    var remaining: Int { max(limit - admitted.count - spent, 0) }

    /// Counts events that were dealt with without a delivery.
    mutating func spend(_ events: Int) {
        spent += events
    }

    /// Lets in the oldest events of `lanes`, as many as are left, and those that are in already. What is not let in is cut off
    /// its lane; lanes with nothing left are passed on empty, to be given back.
    mutating func admit(_ lanes: [LoadedLane]) -> [LoadedLane] {
        let waiting = Set(lanes.flatMap { $0.deliveries.map(\.eventID) }).subtracting(admitted)
        admitted.formUnion(waiting.sorted().prefix(remaining))
        return lanes.map { lane in
            let deliveries = Array(lane.deliveries.prefix { admitted.contains($0.eventID) })
            return LoadedLane(lane: lane.lane, deliveries: deliveries, hasMore: false)
        }
    }
}
