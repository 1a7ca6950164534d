/// How many attempts of an open delivery count from now on.
public struct CountedAttempt: Sendable {
    public let lane: Lane
    public let eventID: Int64
    public let attempts: Int

    public init(lane: Lane, eventID: Int64, attempts: Int) {
        self.lane = lane
        self.eventID = eventID
        self.attempts = attempts
    }
}
