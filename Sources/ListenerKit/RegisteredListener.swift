/// A listener with what is applied around it.
public struct RegisteredListener: Sendable {
    public let name: String
    /// The transport's `type`.
    public let type: String
    public let listener: any Listener
    /// The same, where it delivers in parts.
    public let partwise: (any PartwiseListener)?
    /// How long one attempt may take.
    public let timeout: Duration
    /// How many deliveries of it are under way at once in one worker.
    public let maximumInFlight: Int
    /// How often a delivery to it is tried, where that differs from what the event says.
    public let maximumAttempts: Int?

    public init(
        name: String, type: String, listener: any Listener, timeout: Duration, maximumInFlight: Int,
        maximumAttempts: Int? = nil
    ) {
        self.name = name
        self.type = type
        self.listener = listener
        partwise = listener as? any PartwiseListener
        self.timeout = timeout
        self.maximumInFlight = maximumInFlight
        self.maximumAttempts = maximumAttempts
    }
}
