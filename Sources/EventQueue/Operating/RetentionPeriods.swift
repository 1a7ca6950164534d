/// How long what is done is kept. Zero keeps it for ever; what is unresolved is never removed.
public struct RetentionPeriods: Sendable, Equatable {
    public var attempts: Duration
    public var processed: Duration
    public var deadLetters: Duration
    public var idempotencyKeys: Duration

    public init(
        attempts: Duration = .seconds(86400), processed: Duration = .seconds(30 * 86400),
        deadLetters: Duration = .seconds(7 * 86400), idempotencyKeys: Duration = .seconds(86400)
    ) {
        self.attempts = attempts
        self.processed = processed
        self.deadLetters = deadLetters
        self.idempotencyKeys = idempotencyKeys
    }
}
