/// What a worker that routes may take of it at once: routing and claiming in one transaction, one COMMIT sooner than by a claim.
public struct HandoverOffer: Sendable {
    /// The worker's id in `event_worker`.
    public let owner: Int64
    public let lease: Duration
    public let depth: LaneDepth
    /// How many deliveries may be taken, by listener. A listener that is not in here has older ones to claim first.
    public let room: [String: Int]

    public init(owner: Int64, lease: Duration, depth: LaneDepth, room: [String: Int]) {
        self.owner = owner
        self.lease = lease
        self.depth = depth
        self.room = room
    }
}

/// What the router hands to its own worker.
public struct Handover: Sendable {
    /// Lanes that were parked, claimed as they were filled.
    public var claimed: [LoadedLane] = []
    /// What is new in lanes that the worker holds already.
    public var added: [AddedDeliveries] = []

    public var isEmpty: Bool { claimed.isEmpty && added.isEmpty }

    public init() {}
}

/// Deliveries that were put into a lane that its own worker holds.
public struct AddedDeliveries: Sendable {
    public let lane: Lane
    /// The turn that put them in. Only who has read up to the one before may take them from here.
    public let turn: Int64
    /// The first event that was put in.
    public let first: Int64
    /// The deliveries from the first event on, as many as are handed over.
    public let deliveries: [OpenDelivery]
    /// Whether the same turn has put more in behind them.
    public let hasMore: Bool

    public init(lane: Lane, turn: Int64, first: Int64, deliveries: [OpenDelivery], hasMore: Bool) {
        self.lane = lane
        self.turn = turn
        self.first = first
        self.deliveries = deliveries
        self.hasMore = hasMore
    }
}
