import EventQueue
import Glibc
import MariaDBClient

/// Settles what a lost answer left open, by looking instead of guessing.
///
/// The statement may still be running on a connection that only we have lost. It is ended first, and seen to be gone; only then
/// does it mean something that a row is not there.
struct LostCommit {
    /// A connection that was lost, as the server knew it.
    struct LostConnection {
        let serverThreadID: UInt
        let connectedAt: ContinuousClock.Instant
        let server: String
    }

    let writer: EventWriter

    /// How long the server is asked, and the pause in between: a server that is started again is mostly back by then, and callers do
    /// not wait much longer.
    private static let limit = Duration.seconds(3)
    private static let pauseMicroseconds: UInt32 = 250_000
    private static let noSuchThread: UInt32 = 1094

    /// - Returns: which of `uuids` are there.
    /// - Throws: where the database did not come back in time.
    func settle(
        _ uuids: [String], lost: LostConnection, _ session: DatabaseSession
    ) throws -> [String: (id: Int64, status: String)] {
        let deadline = ContinuousClock.now + Self.limit
        while true {
            do {
                return try session.run { connection in
                    try end(lost, on: connection)
                    return try writer.states(of: uuids, on: connection)
                }
            } catch {
                guard ContinuousClock.now < deadline else { throw error }
                usleep(Self.pauseMicroseconds)
            }
        }
    }

    private func end(_ lost: LostConnection, on connection: Connection) throws {
        // Another server, or this one started again, numbers for itself: the number may be somebody else's.
        guard try connection.server().identity == lost.server else { return }
        let uptime = try connection.rows(
            "SELECT CAST(variable_value AS SIGNED) FROM information_schema.global_status WHERE variable_name = 'UPTIME'"
        ) { Duration.seconds($0.integer(0)) }
        guard let uptime = uptime.first, uptime + .seconds(1) >= ContinuousClock.now - lost.connectedAt else { return }
        for _ in 0..<100 {
            let living = try connection.rows(
                "SELECT id FROM information_schema.processlist WHERE id = ?", [.integer(Int64(lost.serverThreadID))]
            ) { $0.integer(0) }
            guard !living.isEmpty, lost.serverThreadID != connection.serverThreadID else { return }
            do {
                try connection.execute("KILL \(lost.serverThreadID)")
            } catch let error as DatabaseError where error.code == Self.noSuchThread {
                return
            }
            usleep(20000)
        }
        throw DatabaseError(code: 2013, message: "the old connection does not end")
    }
}

extension LostCommit.LostConnection {
    init(_ connection: Connection) throws {
        self.init(
            serverThreadID: connection.serverThreadID, connectedAt: connection.connectedAt,
            server: try connection.server().identity)
    }
}
