import FoundationEssentials
import PrivateDatabase
import TestServers

extension Site {
    /// The rows of a query, columns separated by tabs.
    func rows(_ query: String) async throws -> [String] {
        try await database.query(query).split(separator: "\n").map(String.init)
    }

    /// The one number that a query answers.
    func count(_ query: String) async throws -> Int {
        let rows = try await rows(query)
        guard rows.count == 1, let count = Int(rows[0]) else { throw ServerError("\(query) answered \(rows).") }
        return count
    }

    /// How many events have a status.
    func events(_ status: String) async throws -> Int {
        try await count("SELECT COUNT(*) FROM event_queue WHERE status = '\(status)'")
    }

    /// Waits until a query answers `expected`. Asks seldom: each question is a program of its own.
    func wait(
        until query: String, is expected: Int, within limit: Duration = .seconds(30)
    ) async throws {
        var last = ""
        do {
            try await waitUntil("\(query) is \(expected)", within: limit) {
                try await Task.sleep(for: .milliseconds(50))
                last = try await rows(query).joined(separator: " ")
                return last == String(expected)
            }
        } catch let error as ServerError {
            throw ServerError("\(error) It is \(last). \(try await rows(Self.summary))")
        }
    }

    /// Waits until so many events are processed.
    func waitForProcessed(_ count: Int, within limit: Duration = .seconds(30)) async throws {
        try await wait(
            until: "SELECT COUNT(*) FROM event_queue WHERE status = 'processed'", is: count, within: limit)
    }

    private static let summary = """
        SELECT status, COUNT(*), MAX(attempts), MAX(error_message) FROM event_queue GROUP BY status
        """
}
