import TestServers

extension Site {
    /// `event_listeners` and `listeners` with one webhook, `hook`, for every event.
    static func everything(to url: String, _ more: String...) -> String {
        "event_listeners:\n  \"*\": [hook]\nlisteners:\n" + webhook("hook", url, more)
    }

    /// A webhook's lines under `listeners`.
    static func webhook(_ name: String, _ url: String, _ more: [String] = []) -> String {
        let lines = ["type: webhook", "url: \(url)", "allow_private_addresses: true"] + more
        return "  \(name):\n" + lines.map { "    \($0)\n" }.joined()
    }

    /// A mail listener's lines under `listeners`.
    static func email(_ name: String, port: Int, _ more: [String] = []) -> String {
        let lines = [
            "type: email", "host: 127.0.0.1", "port: \(port)", "security: none", "from: noreply@salon.example",
        ]
        return "  \(name):\n" + (lines + more).map { "    \($0)\n" }.joined()
    }
}
