import EventModel
import EventQueue
import EventWorker
import FoundationEssentials

/// The answer to `POST /dispatch_sync`.
struct SyncAnswer: Encodable {
    struct Listener: Encodable {
        let name: String
        let ok: Bool
        let attempts: Int
        let milliseconds: Int64
        let reason: String?
        let message: String?
    }

    let id: Int64
    let uuid: String
    let status: String
    let repeated: Bool?
    let listeners: [Listener]

    init(id: Int64, uuid: String, status: String, repeated: Bool? = nil, attempts: [EventLookup.Attempt] = []) {
        self.id = id
        self.uuid = uuid
        self.status = status
        self.repeated = repeated
        listeners = attempts.map { attempt in
            let ok = attempt.outcome == "delivered"
            return Listener(
                name: attempt.listener, ok: ok, attempts: attempt.attempt, milliseconds: attempt.milliseconds,
                reason: ok ? nil : attempt.reason, message: attempt.message.isEmpty ? nil : attempt.message)
        }
    }

    func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
}
