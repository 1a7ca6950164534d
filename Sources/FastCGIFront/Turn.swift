import Synchronization

/// Whose turn it is on a connection: the event loop's, or the request's that is being served.
///
/// While a request is served the loop leaves the socket alone, so that the answer is the only thing written; what
/// happens on it meanwhile is noted, and looked at when the turn comes back.
struct Turn: ~Copyable {
    private enum State {
        static let loop: UInt8 = 0
        static let request: UInt8 = 1
        static let requestWithNews: UInt8 = 2
        static let abandoned: UInt8 = 3
    }

    private let state = Atomic<UInt8>(State.loop)

    /// Asks for the loop's turn on some news; false means that it was noted for later.
    func takeForNews() -> Bool {
        let seen = state.compareExchange(
            expected: State.request, desired: State.requestWithNews, ordering: .acquiringAndReleasing)
        return !seen.exchanged && seen.original == State.loop
    }

    /// Gives the turn to a request; `hasNews` when there is more to read already.
    func give(hasNews: Bool) {
        state.store(hasNews ? State.requestWithNews : State.request, ordering: .releasing)
    }

    /// What the request's end has to do.
    enum Return {
        /// Nothing: the loop will hear of the next bytes by itself.
        case quiet
        /// Tell the loop, which has something to look at.
        case news
        /// Close the descriptor: the loop has gone.
        case abandoned
    }

    /// Ends a request's turn.
    func end() -> Return {
        let seen = state.compareExchange(
            expected: State.request, desired: State.loop, ordering: .acquiringAndReleasing)
        if seen.exchanged { return .quiet }
        return seen.original == State.abandoned ? .abandoned : .news
    }

    /// Takes back the turn that ``end()`` answered with ``Return/news``.
    func resume() {
        state.store(State.loop, ordering: .releasing)
    }

    /// Leaves the connection to the request that is being served, if there is one.
    func abandon() -> Bool {
        state.exchange(State.abandoned, ordering: .acquiringAndReleasing) != State.loop
    }
}
