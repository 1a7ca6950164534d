import FoundationEssentials
import Synchronization
import TestServers

extension Site {
    var url: String { "http://127.0.0.1:\(httpPort)" }

    /// What an accepted dispatch is answered.
    struct Accepted: Decodable, Sendable {
        let id: Int64
        let uuid: String
        let status: String
    }

    /// Dispatches one event over plain HTTP.
    @discardableResult
    func dispatch(_ body: String) async throws -> Accepted {
        guard let answer = await Caller.post("\(url)/dispatch", body) else { throw ServerError("No answer.") }
        guard answer.status == 202 else { throw ServerError("\(answer)") }
        return try JSONDecoder().decode(Accepted.self, from: Data(answer.body.utf8))
    }

    /// Dispatches several events with one request.
    @discardableResult
    func dispatch(_ bodies: [String]) async throws -> [Accepted] {
        let body = "[" + bodies.joined(separator: ",") + "]"
        guard let answer = await Caller.post("\(url)/dispatch", body) else { throw ServerError("No answer.") }
        guard answer.status == 202 else { throw ServerError("\(answer)") }
        return try JSONDecoder().decode([Accepted].self, from: Data(answer.body.utf8))
    }
}

/// Callers that dispatch without a pause, each event once.
///
/// What is not accepted is not repeated unless asked for: a test of loss must know what was promised.
final class Load: Sendable {
    private let state = Mutex<[String]>([])
    private let next = Atomic<Int>(0)

    /// The uuids of what was answered 202.
    var accepted: [String] { state.withLock { $0 } }

    /// Dispatches `count` events `load.test` with payloads `{"number":0}` and so on; returns when all were answered or refused.
    ///
    /// - Parameters:
    ///   - untilAccepted: Whether each is repeated, with an idempotency key, until it is accepted.
    ///   - isOver: Ends the load early.
    func run(
        _ count: Int, to url: String, untilAccepted: Bool = false, isOver: @escaping @Sendable () -> Bool = { false }
    ) async {
        await withTaskGroup { group in
            for _ in 0..<8 {
                group.addTask {
                    while !isOver() {
                        let number = self.next.add(1, ordering: .relaxed).oldValue
                        guard number < count else { return }
                        await self.dispatch(number, to: url, untilAccepted: untilAccepted)
                    }
                }
            }
        }
    }

    private func dispatch(_ number: Int, to url: String, untilAccepted: Bool) async {
        let key = untilAccepted ? #","idempotency_key":"\#(number)""# : ""
        let body = #"{"event":"load.test","payload":{"number":\#(number)}\#(key)}"#
        let deadline = ContinuousClock.now + .seconds(60)
        repeat {
            if let answer = await Caller.post("\(url)/dispatch", body), answer.status == 202,
                let accepted = try? JSONDecoder().decode(Site.Accepted.self, from: Data(answer.body.utf8))
            {
                state.withLock { $0.append(accepted.uuid) }
                return
            }
            try? await Task.sleep(for: .milliseconds(20))
        } while untilAccepted && ContinuousClock.now < deadline
    }
}
