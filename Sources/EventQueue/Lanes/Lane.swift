public import EventModel

/// A claim on a lane: ours until the lease ends or the epoch moves on. `id` and `epoch` tell it from every other claim.
public struct Lane: Sendable, Hashable {
    public let id: Int64
    public let listener: String
    public let key: LaneKey
    /// The fencing number of this claim. Whoever settles with an older one is told that the lane has moved on.
    public let epoch: Int64
    /// Deliveries up to this event were in flight when an earlier holder of the lane died: one of them may have killed it.
    public let suspectThrough: Int64

    public init(id: Int64, listener: String, key: LaneKey, epoch: Int64, suspectThrough: Int64 = 0) {
        self.id = id
        self.listener = listener
        self.key = key
        self.epoch = epoch
        self.suspectThrough = suspectThrough
    }

    public static func == (left: Lane, right: Lane) -> Bool {
        left.id == right.id && left.epoch == right.epoch
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(id)
        hasher.combine(epoch)
    }
}

/// An open delivery as it is read from its lane. An object, because it is large and goes through many hands.
public final class OpenDelivery: Sendable {
    public let laneID: Int64
    public let eventID: Int64
    /// Failed attempts so far.
    public let attempts: Int
    /// The event; nil where its row is gone.
    public let event: Event?
    /// How much memory it takes, about, in bytes.
    public var size: Int { 512 + (event?.payload.count ?? 0) }

    /// Whether `event.payload` was left out for its size and is to be read before delivering.
    public let isPayloadDeferred: Bool

    public init(laneID: Int64, eventID: Int64, attempts: Int, event: Event?, isPayloadDeferred: Bool = false) {
        self.laneID = laneID
        self.eventID = eventID
        self.attempts = attempts
        self.event = event
        self.isPayloadDeferred = isPayloadDeferred
    }
}

/// A claimed lane with the first of its deliveries.
public struct LoadedLane: Sendable {
    public let lane: Lane
    public let deliveries: [OpenDelivery]
    /// Whether there may be more behind them.
    public let hasMore: Bool
    /// How often deliveries had been put into the lane when it was read.
    public let turn: Int64

    public init(lane: Lane, deliveries: [OpenDelivery], hasMore: Bool, turn: Int64 = 0) {
        self.lane = lane
        self.deliveries = deliveries
        self.hasMore = hasMore
        self.turn = turn
    }
}

/// Lanes that were claimed, the last of them in a transaction whose COMMIT was perhaps not answered: ours or not, which whoever
/// wants to deliver finds out by renewing their leases.
public struct UnconfirmedClaim: Error {
    public let lanes: [LoadedLane]
    public let cause: any Error

    public init(lanes: [LoadedLane], cause: any Error) {
        self.lanes = lanes
        self.cause = cause
    }
}
