/// What one attempt leads to in the tables.
public struct Settlement: Sendable {
    public enum Result: Sendable, Equatable {
        /// Delivered: the delivery is gone.
        case delivered(detail: String)
        /// Failed, to be tried again after `delay`.
        case retry(reason: String, message: String, delay: Duration)
        /// Failed for good: a dead letter.
        case dead(reason: String, message: String)
        /// The event's row is gone: nothing to deliver, nobody to tell.
        case vanished
    }

    public let lane: Lane
    public let eventID: Int64
    /// Which attempt it was, from 1.
    public let attempt: Int
    public let result: Result
    /// What the attempt has done of a delivery that is made in parts.
    public let parts: [String]
    /// Whether attempts before have left word of parts.
    public let hasEarlierParts: Bool
    public let milliseconds: Int64

    public init(
        lane: Lane, eventID: Int64, attempt: Int, result: Result, parts: [String] = [],
        hasEarlierParts: Bool = false, milliseconds: Int64
    ) {
        self.lane = lane
        self.eventID = eventID
        self.attempt = attempt
        self.result = result.fitted
        self.parts = parts
        self.hasEarlierParts = hasEarlierParts
        self.milliseconds = milliseconds
    }

    /// The same, said of a newer claim of the lane.
    public func moved(to lane: Lane) -> Settlement {
        Settlement(
            lane: lane, eventID: eventID, attempt: attempt, result: result, parts: parts,
            hasEarlierParts: hasEarlierParts, milliseconds: milliseconds)
    }

    /// How long its statements are, about, in bytes: texts are written as hexadecimal digits, and up to three times.
    public var writtenBytes: Int {
        switch result {
        case .delivered(let text), .retry(_, let text, _), .dead(_, let text):
            400 + 6 * text.utf8.count + parts.reduce(0) { $0 + 2 * $1.utf8.count + 2 }
        case .vanished: 400
        }
    }

    /// Whether the parts that are known count no more, so that an event that is set back by hand is delivered whole.
    var endsParts: Bool {
        if case .delivered = result { hasEarlierParts } else { false }
    }

    /// Whether the delivery leaves the lane's table for good.
    var isFinal: Bool {
        if case .retry = result { false } else { true }
    }
}

/// What happens to a lane that we hold.
public struct LaneChange: Sendable {
    public enum Action: Sendable, Equatable {
        /// Ours for another lease, nothing read.
        case keep
        /// Ours for another lease, and up to `limit` more deliveries behind `after` are read.
        case refill(after: Int64, limit: Int)
        /// Given back: ready at once where deliveries are left, parked otherwise.
        case release
        /// Given back, and not ready before `delay` has passed.
        case backOff(delay: Duration)

        public var givesBack: Bool {
            switch self {
            case .keep, .refill: false
            case .release, .backOff: true
            }
        }
    }

    public let lane: Lane
    public let action: Action

    public init(lane: Lane, action: Action) {
        self.lane = lane
        self.action = action
    }
}

extension [LaneChange] {
    /// The same, but lanes in which `postponed` is still open are kept as they are.
    public func keeping(lanesOf postponed: [Settlement]) -> [LaneChange] {
        let lanes = Set(postponed.map(\.lane))
        return map { lanes.contains($0.lane) ? LaneChange(lane: $0.lane, action: .keep) : $0 }
    }
}

/// The answer to a settlement.
public struct Settled: Sendable {
    /// Claims that are not in force any more: nothing that was said about them was written.
    public let lostLanes: Set<Lane>
    /// What was read for ``LaneChange/Action/refill(after:limit:)``, by lane.
    public let refills: [Int64: Refill]
    /// Events that somebody has locked: nothing was written of what was said about them, and their lanes were kept.
    public internal(set) var postponed: Set<Int64> = []
    /// Those of them that have been locked for longer than our own workers take.
    public internal(set) var lockedByApps: Set<Int64> = []

    public init(lostLanes: Set<Lane>, refills: [Int64: Refill]) {
        self.lostLanes = lostLanes
        self.refills = refills
    }
}

/// What was read of a lane that is held.
public struct Refill: Sendable {
    public let deliveries: [OpenDelivery]
    /// How often deliveries had been put into the lane when it was read.
    public let turn: Int64

    public init(deliveries: [OpenDelivery], turn: Int64) {
        self.deliveries = deliveries
        self.turn = turn
    }
}
