import EventModel

extension Settlement.Result {
    private static let longestReason = 32
    private static let longestMessage = 500

    /// The same, cut to what the columns hold. A listener's text that does not fit would keep all that is settled together with
    /// it from being written, for ever.
    var fitted: Settlement.Result {
        switch self {
        case .delivered(let detail):
            .delivered(detail: Self.message(detail))
        case .retry(let reason, let message, let delay):
            .retry(reason: Self.reason(reason), message: Self.message(message), delay: delay)
        case .dead(let reason, let message):
            .dead(reason: Self.reason(reason), message: Self.message(message))
        case .vanished:
            .vanished
        }
    }

    private static func reason(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.filter(\.isASCII))).firstScalars(longestReason)
    }

    /// The server counts code points, of which one visible character may have many.
    private static func message(_ text: String) -> String {
        text.utf8.count <= longestMessage ? text : text.firstScalars(longestMessage)
    }
}
