import EventModel
import EventQueue

extension Acceptance {
    /// The answer to one dispatched event, as JSON.
    func json() throws(ErrorAnswer) -> String {
        switch self {
        case .accepted(let id, let uuid, let status):
            "{\"id\":\(id),\"uuid\":\"\(uuid)\",\"status\":\"\(status)\"}"
        case .repeated(let id, let uuid, let status):
            "{\"id\":\(id),\"uuid\":\"\(uuid)\",\"status\":\"\(status)\",\"repeated\":true}"
        case .conflicting:
            throw ErrorAnswer(
                status: 409, code: "idempotency_conflict",
                message: "This idempotency_key was used for another event.", field: "idempotency_key")
        }
    }
}
