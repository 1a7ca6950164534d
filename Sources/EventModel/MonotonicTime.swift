/// A clock that only goes forward, as a closure so that tests can hold the hands.
public struct MonotonicTime: Sendable {
    private let read: @Sendable () -> Duration

    public init(_ read: @escaping @Sendable () -> Duration) {
        self.read = read
    }

    /// The time since an arbitrary but fixed moment. Counts on while the process is stopped or the machine asleep, which is what
    /// leases need.
    public var now: Duration { read() }

    /// The system's continuous clock.
    public static let system: MonotonicTime = {
        let origin = ContinuousClock.now
        return MonotonicTime { origin.duration(to: .now) }
    }()
}
