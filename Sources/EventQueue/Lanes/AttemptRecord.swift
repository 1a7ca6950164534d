/// What the history says of an attempt but for its event and how long it took: the same for most of those settled together.
struct AttemptRecord: Hashable {
    let listener: String
    let attempt: Int
    let outcome: String
    let reason: String
    let message: String
    /// Separated by spaces; of what was delivered nobody asks.
    let parts: String
    /// What the column holds, in characters.
    private static let longestParts = 1000

    init(_ settlement: Settlement) {
        listener = settlement.lane.listener
        attempt = settlement.attempt
        switch settlement.result {
        case .delivered(let detail): (outcome, reason, message) = ("delivered", "", detail)
        case .retry(let reason, let message, _): (outcome, self.reason, self.message) = ("retry", reason, message)
        case .dead(let reason, let message): (outcome, self.reason, self.message) = ("dead", reason, message)
        case .vanished: (outcome, reason, message) = ("dead", "vanished", "")
        }
        parts = outcome == "delivered" ? "" : Self.text(of: settlement.parts)
    }

    /// As many as fit: one that is cut would be another one.
    private static func text(of parts: [String]) -> String {
        parts.reduce(into: "") { text, part in
            let longer = text.isEmpty ? part : text + " " + part
            if longer.unicodeScalars.count <= longestParts { text = longer }
        }
    }
}
