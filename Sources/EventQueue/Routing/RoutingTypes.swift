/// An unrouted event, as the router asks for its listeners.
public struct EventToRoute: Sendable {
    public let id: Int64
    public let name: String
    public let instance: String?
    public let tenant: String?
}

/// What one turn of the router did.
public struct Routed: Sendable {
    /// Somebody else is routing: nothing was done here.
    public var isBusy = false
    /// Events that left `pending` or `scheduled` for their lanes, or that nobody listens to.
    public var events = 0
    /// How many of `events` nobody listens to.
    public var unheard = 0
    /// Events that were put off to their scheduled time.
    public var postponed = 0
    /// Events whose payload is not JSON, or whose values the tables do not take: failed.
    public var invalid = 0
    /// Events that were left out, because somebody's transaction has their rows locked, or those before them in their lanes.
    public var locked = 0
    /// The listeners that have lanes to be claimed.
    public var toClaim: Set<String> = []
    /// What is handed over to the worker that routes.
    public var handover = Handover()
    /// The last pending event that was looked at; 0 where none was.
    public var lastPendingID: Int64 = 0
    /// How long the read of what is next took, and how many pending events it found.
    public var reading: (cost: Duration, events: Int) = (.zero, 0)
    /// Whether as many scheduled events as the limit were due.
    public var mayHaveMoreDue = false
    /// Whether as many as the limit were there, so that more may be waiting.
    public var mayHaveMore = false

    public init() {}

    /// Counts what another turn did, which was offered nothing: at the most it found lanes that were leased before.
    mutating func add(_ other: Routed) {
        isBusy = other.isBusy
        events += other.events
        unheard += other.unheard
        postponed += other.postponed
        invalid += other.invalid
        locked = max(locked, other.locked)
        toClaim.formUnion(other.toClaim)
        handover.claimed += other.handover.claimed
        lastPendingID = max(lastPendingID, other.lastPendingID)
        mayHaveMoreDue = other.mayHaveMoreDue
        mayHaveMore = other.mayHaveMore
    }
}
