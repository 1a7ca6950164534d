public import EventModel

/// One event for one listener, as a listener is asked to deliver it.
public struct Delivery: Sendable {
    /// The event to deliver.
    public let event: Event
    /// The name of the listener in the configuration.
    public let listener: String
    /// Which try this is, from 1.
    public let attempt: Int
    /// How many tries there are at the most.
    public let maxAttempts: Int
    /// How long this try may take. The caller cancels the task when it is over; a listener that hands the limit to a
    /// library gets the better error.
    public let timeout: Duration
    /// Until when it may be begun; nil for ever. Where the process was stopped in between, somebody else may have delivered it by
    /// then, and it is put back: ``Outcome/putBack``.
    public let notAfter: ContinuousClock.Instant?
    /// Whether it is still ours to go on with, for a listener that does it in parts: a part is not begun where it is not, and the
    /// delivery is put back. The lease is renewed while a delivery is under way, so ``notAfter`` says nothing about later parts.
    public let isOurs: @Sendable () -> Bool

    public init(
        event: Event, listener: String, attempt: Int, maxAttempts: Int, timeout: Duration,
        notAfter: ContinuousClock.Instant? = nil, isOurs: @escaping @Sendable () -> Bool = { true }
    ) {
        self.event = event
        self.listener = listener
        self.attempt = attempt
        self.maxAttempts = maxAttempts
        self.timeout = timeout
        self.notAfter = notAfter
        self.isOurs = isOurs
    }

    /// The delivery's identity, the same for every attempt: what a receiver recognises a repetition by.
    public var id: String { "\(event.uuid):\(listener)" }
}
