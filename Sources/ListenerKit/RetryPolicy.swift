/// When a failed delivery is tried again.
public struct RetryPolicy: Sendable, Equatable {
    /// The delay before each attempt, the first included; the last one repeats.
    public var delays: [Duration]
    /// How much longer a delay may be, at random, as a share of it: receivers that came back are not hit by all at once.
    public var jitter: Double
    /// The longest delay that a receiver may ask for.
    public var maximumRetryAfter: Duration

    public init(
        delays: [Duration] = [.zero, .seconds(10), .seconds(30), .seconds(120), .seconds(300), .seconds(900)],
        jitter: Double = 0.1,
        maximumRetryAfter: Duration = .seconds(900)
    ) {
        self.delays = delays
        self.jitter = jitter
        self.maximumRetryAfter = maximumRetryAfter
    }

    /// The longest that this policy ever puts a delivery off.
    public var longestDelay: Duration {
        max((delays.max() ?? .zero) * (1 + jitter), maximumRetryAfter)
    }

    /// The delay after attempt number `attempt` (from 1) failed.
    ///
    /// - Parameter random: 0 to 1.
    public func delay(afterAttempt attempt: Int, retryAfter: Duration?, random: Double = .random(in: 0...1)) -> Duration
    {
        let base = delays.isEmpty ? .zero : delays[min(max(attempt, 0), delays.count - 1)]
        return max(base * (1 + jitter * random), min(retryAfter ?? .zero, maximumRetryAfter))
    }
}
