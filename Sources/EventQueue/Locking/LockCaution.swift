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
    /// What was locked when it was asked for last, and since when it has been each time.
    private let locked = Mutex<[Int64: ContinuousClock.Instant]>([:])
    /// Longer than two of our own workers are at an event.
    private static let meeting = Duration.seconds(1)

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

    /// Notes which of `asked` were found locked, by an app or by our own workers, which may meet at an event.
    ///
    /// - Returns: those that have been for so long that it is an app.
    func met(
        _ found: Set<Int64>, among asked: [Int64], now: ContinuousClock.Instant = .now
    ) -> Set<Int64> {
        let byApps: Set<Int64> = locked.withLock { locked in
            guard !found.isEmpty || !locked.isEmpty else { return [] }
            let known = locked
            for event in asked { locked[event] = found.contains(event) ? known[event] ?? now : nil }
            return found.filter { event in known[event].map { now - $0 >= Self.meeting } ?? false }
        }
        if !byApps.isEmpty { met() }
        return byApps
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
