import CMariaDB

/// What the server or the connection to it said no to.
public struct DatabaseError: Error, Sendable, CustomStringConvertible {
    /// The server's error number, or the client library's (2000 to 2999).
    public let code: UInt32
    /// The server's sentence. It may quote values: for the log of the operator, not for the app.
    public let message: String
    /// True when the error was the answer to a COMMIT, so that the transaction may have happened all the same.
    public let isCommitUnknown: Bool

    public init(code: UInt32, message: String, isCommitUnknown: Bool = false) {
        self.code = code
        self.message = message
        self.isCommitUnknown = isCommitUnknown
    }

    public var description: String { "MariaDB error \(code): \(message)" }

    /// The connection is of no use any more, or could not be made.
    public var isConnectionLost: Bool {
        switch code {
        case UInt32(CR_SERVER_GONE_ERROR), UInt32(CR_SERVER_LOST), UInt32(CR_SERVER_LOST_EXTENDED),
            UInt32(CR_CONNECTION_ERROR), UInt32(CR_CONN_HOST_ERROR), UInt32(CR_COMMANDS_OUT_OF_SYNC),
            UInt32(ER_CONNECTION_KILLED), UInt32(ER_SERVER_SHUTDOWN), UInt32(ER_NET_PACKET_TOO_LARGE),
            UInt32(ER_NORMAL_SHUTDOWN), UInt32(CR_UNKNOWN_ERROR):
            true
        default:
            false
        }
    }

    /// The transaction was chosen to give way (a deadlock, a lock that took too long, a changed record): do it again.
    public var isConflict: Bool {
        code == UInt32(ER_LOCK_DEADLOCK) || code == UInt32(ER_LOCK_WAIT_TIMEOUT) || code == UInt32(ER_CHECKREAD)
    }

    /// A table or a column is not there: the migrations have not run.
    public var isMissingTable: Bool {
        code == UInt32(ER_NO_SUCH_TABLE) || code == UInt32(ER_BAD_FIELD_ERROR)
    }

    func asCommitAnswer() -> DatabaseError {
        DatabaseError(code: code, message: message, isCommitUnknown: true)
    }
}
