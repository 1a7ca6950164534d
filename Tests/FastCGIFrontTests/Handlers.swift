import Dispatching
import Glibc
import Synchronization

/// Answers with what it was asked.
struct Echo: RequestHandler {
    func handle(_ request: Request, respond: @escaping Respond) {
        var headers = [("X-Method", request.method), ("X-Path", request.path), ("X-Query", request.query)]
        headers += request.headers.map { ("X-Seen-\($0.name)", $0.value) }
        headers.append(("X-Peer", "\(request.peer)"))
        let response = Response(status: 200, headers: headers.map { (name: $0.0, value: $0.1) }, body: request.body)
        respond { response }
    }
}

/// Keeps requests until it is told to answer them.
final class Withholding: RequestHandler {
    private let held = Mutex<[Respond]>([])
    private let arrived: Int32
    private let announce: Int32

    init() {
        var ends: [Int32] = [0, 0]
        pipe(&ends)
        (arrived, announce) = (ends[0], ends[1])
    }

    deinit {
        close(arrived)
        close(announce)
    }

    func handle(_ request: Request, respond: @escaping Respond) {
        held.withLock { $0.append(respond) }
        var byte: UInt8 = 1
        write(announce, &byte, 1)
    }

    /// Waits until that many more requests have come.
    func waitForRequests(_ count: Int) {
        var byte: UInt8 = 0
        for _ in 0..<count { read(arrived, &byte, 1) }
    }

    /// Answers all that it keeps.
    func answer() {
        let all = held.withLock { held in
            defer { held = [] }
            return held
        }
        for respond in all { respond { Response(status: 200, body: Array("late".utf8)) } }
    }
}

/// Answers with as many bytes as the query says.
struct Bulk: RequestHandler {
    func handle(_ request: Request, respond: @escaping Respond) {
        respond { Response(status: 200, body: [UInt8](repeating: 0x61, count: Int(request.query) ?? 0)) }
    }
}
