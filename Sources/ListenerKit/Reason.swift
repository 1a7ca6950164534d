/// The fixed vocabulary of why an attempt failed: safe to log, and few enough to be a metric label.
public struct Reason: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
    public let rawValue: String

    public init(rawValue: String) { self.rawValue = rawValue }

    public var description: String { rawValue }

    /// No answer in time.
    public static let timeout = Reason(rawValue: "timeout")
    /// The host name did not resolve.
    public static let dns = Reason(rawValue: "dns")
    /// Nobody listens there, or the way there is closed.
    public static let refused = Reason(rawValue: "refused")
    /// The connection broke before the answer.
    public static let reset = Reason(rawValue: "reset")
    /// The certificate or the handshake failed.
    public static let tls = Reason(rawValue: "tls")
    /// The receiver did not accept the credentials.
    public static let auth = Reason(rawValue: "auth")
    /// The receiver will not take this delivery.
    public static let rejected = Reason(rawValue: "rejected")
    /// The receiver asks for fewer deliveries.
    public static let rateLimited = Reason(rawValue: "rate_limited")
    /// The receiver failed on its own account.
    public static let receiverError = Reason(rawValue: "receiver_error")
    /// Larger than the receiver takes.
    public static let tooLarge = Reason(rawValue: "too_large")
    /// The address is private and not allowed.
    public static let forbiddenAddress = Reason(rawValue: "forbidden_address")
    /// The payload lacks what the listener needs.
    public static let invalidPayload = Reason(rawValue: "invalid_payload")
    /// The listener's settings cannot work, or name something that is gone.
    public static let misconfigured = Reason(rawValue: "misconfigured")
    /// The worker died while it was delivering.
    public static let crashed = Reason(rawValue: "crashed")
    /// None of the above: the message says more.
    public static let failed = Reason(rawValue: "failed")
}
