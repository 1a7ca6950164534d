/// What became of one attempt.
public enum Outcome: Sendable, Equatable {
    /// The receiver has it. `detail` is a short text for the history ("HTTP 200"); never the receiver's body.
    case delivered(detail: String = "")
    /// It failed in a way that may pass: tried again while attempts are left, and not before `retryAfter`.
    case retryable(Failure, retryAfter: Duration? = nil)
    /// It failed in a way that will not pass: a dead letter at once.
    case permanent(Failure)
    /// The process is stopping, or the task was cancelled, before the receiver answered: put back, no attempt counted.
    case putBack
}

/// Why an attempt failed.
public struct Failure: Error, Sendable, Equatable, CustomStringConvertible {
    /// The class of the failure, safe to count and to log.
    public let reason: Reason
    /// A sentence for the operator. No payload, credential or recipient in it.
    public let message: String

    public init(_ reason: Reason, _ message: String) {
        self.reason = reason
        self.message = message
    }

    public var description: String { "\(reason): \(message)" }
}
