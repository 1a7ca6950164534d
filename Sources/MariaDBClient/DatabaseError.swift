import CMariaDB

/// What the server or the connection to it said no to.
public struct DatabaseError: Error, Sendable, CustomStringConvertible {
    /// The server's error number, or the client library's (2000 to 2999).
    public let code: UInt32
    /// The server's sentence. It may quote values: for the log of the operator, not for the app.
    public let message: String
    /// True when the error was the answer to a COMMIT, so that the transaction may have happened all the same.
    public let isCommitUnknown: Bool

    /// Those of MariaDB Connector/C beside the ones that it has from MySQL.
    private static let connectorErrors: ClosedRange<UInt32> = 5000...5999

    public init(code: UInt32, message: String, isCommitUnknown: Bool = false) {
        self.code = code
        self.message = message
        self.isCommitUnknown = isCommitUnknown
    }

    public var description: String { "MariaDB error \(code): \(message)" }

    /// The connection is of no use any more, or could not be made.
    ///
    /// Whatever the client library says by itself counts: a connection that ends has many numbers, over TLS that of TLS. After none
    /// of them is the connection worth keeping, nor known what has become of what was sent.
    public var isConnectionLost: Bool {
        switch code {
        case UInt32(CR_MIN_ERROR)...UInt32(CR_MAX_ERROR), Self.connectorErrors,
            UInt32(ER_CONNECTION_KILLED), UInt32(ER_SERVER_SHUTDOWN), UInt32(ER_NORMAL_SHUTDOWN),
            UInt32(ER_NET_PACKET_TOO_LARGE), UInt32(ER_NET_READ_ERROR)...UInt32(ER_NET_WRITE_INTERRUPTED),
            UInt32(ER_CON_COUNT_ERROR):
            true
        default:
            false
        }
    }

    /// The transaction was chosen to give way (a deadlock, a lock that took too long, a changed record): do it again.
    public var isConflict: Bool {
        code == UInt32(ER_LOCK_DEADLOCK) || isLockTimeout || code == UInt32(ER_CHECKREAD)
    }

    /// Somebody's transaction has kept a row locked for longer than we wait.
    public var isLockTimeout: Bool { code == UInt32(ER_LOCK_WAIT_TIMEOUT) }

    /// A value of some row is the matter, not the server: it is there already, too long, out of range or no text.
    public var isAboutValues: Bool {
        switch code {
        case UInt32(ER_DUP_ENTRY), UInt32(ER_DATA_TOO_LONG), UInt32(ER_TRUNCATED_WRONG_VALUE),
            UInt32(ER_TRUNCATED_WRONG_VALUE_FOR_FIELD), UInt32(ER_WARN_DATA_OUT_OF_RANGE), UInt32(ER_DATA_OUT_OF_RANGE):
            true
        default:
            false
        }
    }

    /// A table or a column is not there: the migrations have not run.
    public var isMissingTable: Bool {
        code == UInt32(ER_NO_SUCH_TABLE) || code == UInt32(ER_BAD_FIELD_ERROR)
    }

    /// The server does not keep this statement, or no more at all; sent whole it may be right.
    var isAboutPreparing: Bool {
        switch code {
        case UInt32(ER_UNSUPPORTED_PS), UInt32(ER_MAX_PREPARED_STMT_COUNT_REACHED), UInt32(ER_PARSE_ERROR): true
        default: false
        }
    }

    func asCommitAnswer() -> DatabaseError {
        DatabaseError(code: code, message: message, isCommitUnknown: true)
    }
}
