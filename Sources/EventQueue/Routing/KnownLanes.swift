import Synchronization

/// The lanes that a router has met, so that it need not look the same ones up every turn. A lane may be gone all the same: whoever
/// uses an id finds out under the lane's lock.
final class KnownLanes: Sendable {
    /// Beyond this many all are forgotten; at some 200 bytes each that is a few MiB.
    private static let limit = 20_000

    private let lanes = Mutex<[LaneRegistry.Name: Int64]>([:])

    var all: [LaneRegistry.Name: Int64] { lanes.withLock { $0 } }

    func note(_ found: [LaneRegistry.Name: Int64]) {
        guard !found.isEmpty else { return }
        lanes.withLock { lanes in
            if lanes.count + found.count > Self.limit { lanes.removeAll() }
            lanes.merge(found) { $1 }
        }
    }

    func forget() {
        lanes.withLock { $0.removeAll() }
    }
}
