import EventModel

/// What can be asked for, told from the head of a request alone.
enum Endpoint: Equatable {
    case dispatch
    case dispatchSync
    case event(identifier: String)
    case stats
    case health
    case ready

    private static let eventsPath = "/events/"

    /// - Throws: 404 where there is nothing at that path, 405 where another method is to be used there.
    init(_ head: Request) throws(ErrorAnswer) {
        let (endpoint, methods) = try Self.find(head.path)
        guard methods.contains(head.method) else { throw ErrorAnswer.methodNotAllowed(use: methods[0]) }
        self = endpoint
    }

    private static func find(_ path: String) throws(ErrorAnswer) -> (Endpoint, methods: [String]) {
        switch path {
        case "/dispatch": return (.dispatch, ["POST"])
        case "/dispatch_sync": return (.dispatchSync, ["POST"])
        case "/queue/stats": return (.stats, ["GET"])
        case "/health": return (.health, ["GET", "HEAD"])
        case "/ready": return (.ready, ["GET", "HEAD"])
        case _ where path.hasPrefix(eventsPath):
            return (.event(identifier: String(path.dropFirst(eventsPath.count)).lowercased()), ["GET"])
        default:
            throw ErrorAnswer(
                status: 404, code: "not_found", message: "There is nothing at \(path.firstScalars(200)).")
        }
    }

    /// What a key must be for; nil where none is asked for.
    var purpose: AccessKeys.Purpose? {
        switch self {
        case .dispatch, .dispatchSync: .dispatch
        case .event, .stats: .read
        case .health, .ready: nil
        }
    }
}
