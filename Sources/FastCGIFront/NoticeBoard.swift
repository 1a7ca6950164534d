import Dispatching
import Synchronization

/// What other threads tell the event loop.
enum Notice: Sendable {
    /// How a request is answered; made by whoever sends it.
    case answer(Exchange, @Sendable () -> Response)
    /// A request cannot be answered: its connection is closed.
    case failure(Exchange)
    case stop
    case abandon
}

/// Where notices wait for the event loop.
final class NoticeBoard: Sendable {
    private struct State {
        var notices: [Notice] = []
        var isClosed = false
    }

    enum Posted {
        /// The loop does not know yet: wake it.
        case first
        case more
        /// Nobody will read it: the loop has ended.
        case unread
    }

    private let state = Mutex(State())

    func post(_ notice: Notice) -> Posted {
        state.withLock { state in
            if state.isClosed { return .unread }
            state.notices.append(notice)
            return state.notices.count == 1 ? .first : .more
        }
    }

    /// Exchanges all notices, in the order they came, for an empty array whose memory the next ones use.
    func takeAll(into notices: inout [Notice]) {
        state.withLock { swap(&$0.notices, &notices) }
    }

    /// Takes the last notices; from here on nobody reads any.
    func close() -> [Notice] {
        state.withLock { state in
            state.isClosed = true
            defer { state.notices = [] }
            return state.notices
        }
    }
}
