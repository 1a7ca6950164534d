import Synchronization

/// What other threads tell the event loop.
enum Notice {
    /// A request is over; there may be news on its connection.
    case over(Connection)
    case close(Connection)
    /// The peer has not taken these bytes of an answer yet.
    case send([UInt8], Connection, keeps: Bool)
    case stop
    case abandon

    /// The connection that is the loop's again with this notice.
    var connection: Connection? {
        switch self {
        case .over(let connection), .close(let connection), .send(_, let connection, _): connection
        case .stop, .abandon: nil
        }
    }
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

    /// Takes all notices, in the order they came.
    func takeAll() -> [Notice] {
        state.withLock { state in
            defer { state.notices = [] }
            return state.notices
        }
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
