import MariaDBClient
import Synchronization

/// Whether to ask, before rows of events are written, which of them somebody else has locked: an app's open transaction must not hold
/// up more than its own events.
///
/// Asking costs a round trip, so it is done only where a lock has once taken too long, and for a while after.
final class LockCaution: Sendable {
    /// Longer than it takes until everything that may be locked has been read again: ``DueWindow``.
    private static let period = Duration.seconds(60)

    /// Whether it is never left: for those who begin anew too often to learn.
    private let isPermanent: Bool
    private let until = Mutex(ContinuousClock.now)
    /// What was locked when it was asked for last.
    private let locked = Mutex<Set<Int64>>([])

    init(isPermanent: Bool = false) {
        self.isPermanent = isPermanent
    }

    var isInForce: Bool { isPermanent || hasMetLocks }

    /// Whether something was locked not long ago.
    var hasMetLocks: Bool { until.withLock { $0 } > .now }

    /// Notes that something is locked.
    func met() {
        until.withLock { $0 = .now + Self.period }
    }

    /// Notes which of `asked` were found locked, by an app or by our own workers, two of which may be at an event for a moment.
    ///
    /// - Returns: whether some were so the time before, too.
    func met(_ found: Set<Int64>, among asked: [Int64]) -> Bool {
        let still = locked.withLock { locked in
            defer { locked = locked.subtracting(asked).union(found) }
            return locked.intersection(found)
        }
        if !still.isEmpty { met() }
        return !still.isEmpty
    }

    /// Runs `body`, which may give up at a lock, and once more with caution where it did.
    func attempt<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let error as DatabaseError where error.isLockTimeout && !isInForce {
            met()
            return try body()
        }
    }
}
