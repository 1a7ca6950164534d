import EventQueue
import Glibc
import MariaDBClient

/// Settles what a lost answer left open, by looking instead of guessing.
///
/// The statement may still be running on a connection that only we have lost. It is ended first, and seen to be gone; only then
/// does it mean something that a row is not there.
struct LostCommit {
    let writer: EventWriter

    /// How often the server is asked, and the pause in between. Three seconds: a server that is started again is back by then,
    /// and callers do not wait much longer.
    private static let tries = 12
    private static let pauseMicroseconds: UInt32 = 250_000
    private static let noSuchThread: UInt32 = 1094

    /// - Returns: which of `uuids` are there.
    /// - Throws: where the database did not come back in time.
    func settle(
        _ uuids: [String], oldConnection: UInt, _ session: DatabaseSession
    ) throws -> [String: (id: Int64, status: String)] {
        var lastError: any Error = DatabaseError(code: 2013, message: "the database did not come back")
        for attempt in 0..<Self.tries {
            if attempt > 0 { usleep(Self.pauseMicroseconds) }
            do {
                return try session.run { connection in
                    try end(oldConnection, on: connection)
                    return try writer.states(of: uuids, on: connection)
                }
            } catch {
                lastError = error
            }
        }
        throw lastError
    }

    private func end(_ oldConnection: UInt, on connection: Connection) throws {
        // A server that was started again numbers from the start: with our own number the old connection is gone.
        guard oldConnection != connection.serverThreadID else { return }
        for _ in 0..<100 {
            let living = try connection.rows(
                "SELECT id FROM information_schema.processlist WHERE id = ?", [.integer(Int64(oldConnection))]
            ) { $0.integer(0) }
            guard !living.isEmpty else { return }
            do {
                try connection.execute("KILL \(oldConnection)")
            } catch let error as DatabaseError where error.code == Self.noSuchThread {
                return
            }
            usleep(20000)
        }
        throw DatabaseError(code: 2013, message: "the old connection does not end")
    }
}
