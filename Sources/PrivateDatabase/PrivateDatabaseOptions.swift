/// How a ``PrivateDatabase`` runs.
public struct PrivateDatabaseOptions: Sendable {
    /// Bytes of InnoDB's buffer pool. MariaDB's smallest is 5 MiB.
    public var bufferPoolBytes = 128 << 20
    /// Bytes of InnoDB's redo log file. MariaDB's smallest is 4 MiB.
    public var redoLogBytes = 64 << 20
    /// How long the server may take until it answers, crash recovery included.
    public var startLimit: Duration = .seconds(60)
    /// How long the server may take to stop before it is killed.
    public var stopLimit: Duration = .seconds(30)
    /// More options for mariadbd, such as `--max-connections=500`; they win over ours.
    public var extraArguments: [String] = []
    /// Variables for mariadbd beside ours, such as an `LD_PRELOAD`.
    public var environment: [String: String] = [:]

    public init() {}
}
