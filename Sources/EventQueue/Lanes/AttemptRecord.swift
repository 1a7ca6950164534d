/// A settlement as the history words it.
struct AttemptRecord {
    let outcome: String
    let reason: String
    let message: String

    init(_ settlement: Settlement) {
        switch settlement.result {
        case .delivered(let detail): (outcome, reason, message) = ("delivered", "", detail)
        case .retry(let reason, let message, _): (outcome, self.reason, self.message) = ("retry", reason, message)
        case .dead(let reason, let message): (outcome, self.reason, self.message) = ("dead", reason, message)
        case .vanished: (outcome, reason, message) = ("dead", "vanished", "")
        }
    }
}
