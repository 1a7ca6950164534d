import MariaDBClient
import Synchronization

/// Counts attempts before they are made, many in one transaction: while one commits, the next gathers.
///
/// After a worker's death everything that it had under way is suspect, and each attempt of a suspect is counted ahead. A COMMIT for each
/// would make the last of them wait for as many turns of the disk.
final class AttemptCounter: Sendable {
    private struct Waiting {
        let attempt: CountedAttempt
        let continuation: CheckedContinuation<Bool, any Error>
    }

    private struct State {
        var waiting: [Waiting] = []
        var isCounting = false
    }

    private let state = Mutex(State())
    private let database: Database
    private let settler: Settler
    private let owner: Int64
    private static let batch = 500

    init(database: Database, settler: Settler, owner: Int64) {
        self.database = database
        self.settler = settler
        self.owner = owner
    }

    /// Returns false where the lane is lost.
    func count(_ attempt: CountedAttempt) async throws -> Bool {
        try await withCheckedThrowingContinuation { continuation in
            let isCounting = state.withLock { state in
                state.waiting.append(Waiting(attempt: attempt, continuation: continuation))
                defer { state.isCounting = true }
                return state.isCounting
            }
            if !isCounting { countNext() }
        }
    }

    private func countNext() {
        database.enqueue { session in
            let group = self.takeGroup()
            let lost = Result { [settler = self.settler, owner = self.owner] in
                try session.run { try settler.count(group.map(\.attempt), worker: owner, on: $0) }
            }
            for waiting in group {
                waiting.continuation.resume(with: lost.map { !$0.contains(waiting.attempt.lane) })
            }
            let goesOn = self.state.withLock { state in
                state.isCounting = !state.waiting.isEmpty
                return state.isCounting
            }
            if goesOn { self.countNext() }
        }
    }

    private func takeGroup() -> [Waiting] {
        state.withLock { state in
            let group = Array(state.waiting.prefix(Self.batch))
            state.waiting.removeFirst(group.count)
            return group
        }
    }
}
