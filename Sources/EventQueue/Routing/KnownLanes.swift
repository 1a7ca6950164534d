import Synchronization

/// The lanes that a router has met, so that it need not look the same ones up every turn.
///
/// Lanes are removed under the routing lock, and counted there: what was known before a removal is forgotten.
final class KnownLanes: Sendable {
    /// Beyond this many all are forgotten; at some 200 bytes each that is a few MiB.
    private static let limit = 20_000

    private struct State {
        var removals: Int64 = 0
        var lanes: [LaneRegistry.Name: Int64] = [:]
    }

    private let state = Mutex(State())

    /// What is known, where lanes were removed so often.
    func lanes(afterRemovals removals: Int64) -> [LaneRegistry.Name: Int64] {
        state.withLock { state in
            if state.removals != removals { state = State(removals: removals) }
            return state.lanes
        }
    }

    /// Notes lanes that were found, or made in a transaction that was committed.
    func note(_ found: [LaneRegistry.Name: Int64]) {
        guard !found.isEmpty else { return }
        state.withLock { state in
            if state.lanes.count + found.count > Self.limit { state.lanes.removeAll() }
            state.lanes.merge(found) { $1 }
        }
    }
}
