/// A settlement as the history words it.
struct AttemptRecord {
    static let maximumMessageLength = 500

    let outcome: String
    let reason: String
    let message: String

    init(_ settlement: Settlement) {
        switch settlement.result {
        case .delivered(let detail):
            (outcome, reason, message) = ("delivered", "", Self.clipped(detail))
        case .retry(let reason, let message, _):
            (outcome, self.reason, self.message) = ("retry", reason, Self.clipped(message))
        case .dead(let reason, let message):
            (outcome, self.reason, self.message) = ("dead", reason, Self.clipped(message))
        case .vanished:
            (outcome, reason, message) = ("dead", "vanished", "")
        }
    }

    private static func clipped(_ message: String) -> String {
        message.utf8.count <= maximumMessageLength ? message : String(message.prefix(maximumMessageLength))
    }
}
