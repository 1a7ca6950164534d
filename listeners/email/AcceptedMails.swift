import Synchronization

/// Which mails a server took already, so that trying one recipient again does not repeat the other's mail.
///
/// It remembers the latest ones only, and only as long as the process lives.
final class AcceptedMails: Sendable {
    private static let limit = 4096

    private struct State {
        var identifiers: Set<String> = []
        /// The same in the order they came; `next` is the place of the oldest once it is full.
        var order: [String] = []
        var next = 0
    }

    private let state = Mutex(State())

    func contains(_ identifier: String) -> Bool {
        state.withLock { $0.identifiers.contains(identifier) }
    }

    func insert(_ identifier: String) {
        state.withLock { state in
            guard state.identifiers.insert(identifier).inserted else { return }
            if state.order.count < Self.limit {
                state.order.append(identifier)
            } else {
                state.identifiers.remove(state.order[state.next])
                state.order[state.next] = identifier
                state.next = (state.next + 1) % Self.limit
            }
        }
    }
}
