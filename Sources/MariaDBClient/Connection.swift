import CMariaDB

/// A connection to MariaDB, and what can be asked of it.
///
/// libmariadb allows one thread at a time per connection, and every call waits for the server: a connection lives on the
/// ``Database``'s thread and is only seen inside its closures. What is asked again and again is
/// prepared once and kept; what scripts repeat, from the third time on (``RepeatedStatements``).
public final class Connection {
    private let handle: UnsafeMutablePointer<MYSQL>
    private var statements: [String: Statement] = [:]
    private var repeated = RepeatedStatements()
    private var arena = BindArena()
    private var transactionState = TransactionState.none
    private var takesScripts = false

    /// A transaction begins with its first statement and may end with a script of its own.
    private enum TransactionState {
        case none
        case beginning(String)
        case open
    }

    /// The server's number for this connection, for `KILL`.
    public let serverThreadID: UInt
    /// When it was made.
    public let connectedAt = ContinuousClock.now
    private var knownServer: Server?

    /// Connects, and sets up the session: READ COMMITTED, UTC, strict mode, and a limit to how long an abandoned
    /// transaction of ours can keep its locks. Whatever else would change what our statements mean is set too: a server's
    /// configuration or its `init_connect` may say otherwise, and an answer to a statement that nobody commits would be a lie.
    init(_ configuration: DatabaseConfiguration) throws {
        handle = try Connection.connect(configuration)
        serverThreadID = mysql_thread_id(handle)
        let idleSeconds = max(configuration.idleTransactionTimeout.components.seconds, 1)
        try execute(
            """
            SET SESSION tx_isolation = 'READ-COMMITTED', time_zone = '+00:00',
                sql_mode = 'STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION',
                autocommit = 1, completion_type = 'NO_CHAIN', character_set_client = 'utf8mb4',
                character_set_results = 'utf8mb4', collation_connection = 'utf8mb4_general_ci',
                sql_select_limit = 18446744073709551615, sql_safe_updates = 0, sql_big_selects = 1,
                idle_transaction_timeout = \(idleSeconds), innodb_lock_wait_timeout = 5,
                in_predicate_conversion_threshold = 0, group_concat_max_len = 8388608
            """)
    }

    deinit {
        // The server lets go of a connection's statements by itself, and the library then sends nothing for each.
        mysql_close(handle)
    }

    /// Asks the server whether it is still there.
    var isAlive: Bool { mysql_ping(handle) == 0 }

    /// What a connection is connected to.
    public struct Server: Sendable {
        /// The largest statement that it takes, in bytes.
        public let maximumPacketSize: Int
        /// Tells it from others that the same address may lead to.
        public let identity: String
    }

    /// The server. Asked for when first needed.
    public func server() throws -> Server {
        if let knownServer { return knownServer }
        let server = try rows("SELECT @@max_allowed_packet, CONCAT_WS(':', @@hostname, @@port, @@server_id)") {
            Server(maximumPacketSize: Int($0.integer(0)), identity: $0.text(1))
        }[0]
        knownServer = server
        return server
    }

    /// Runs SQL without parameters or results.
    public func execute(_ sql: String) throws {
        try begin()
        try perform(sql)
    }

    private func perform(_ sql: String) throws {
        guard mysql_real_query(handle, sql, UInt(sql.utf8.count)) == 0 else { throw lastError() }
        if let result = mysql_store_result(handle) { mysql_free_result(result) }
    }

    /// Runs a prepared statement and gives each row of its result to `body`.
    ///
    /// - Returns: how many rows it changed.
    @discardableResult
    public func query(
        _ sql: String, _ parameters: [Parameter] = [], _ body: (borrowing Row) throws -> Void = { _ in }
    ) throws -> Int {
        try begin()
        let statement = try prepared(sql)
        arena.reset()
        try statement.execute(binds: ParameterBinding.bind(parameters, in: &arena), rows: 0, body: body)
        return statement.affectedRows
    }

    /// Runs a prepared statement once for every row of `columns`, as one statement (MariaDB's array binding).
    ///
    /// One statement is one commit for INSERT; an UPDATE or DELETE belongs inside a transaction, or it commits per row.
    ///
    /// - Returns: how many rows it changed.
    @discardableResult
    public func bulk(
        _ sql: String, _ columns: [ParameterColumn], _ body: (borrowing Row) throws -> Void = { _ in }
    ) throws -> Int {
        let rows = columns.first?.count ?? 0
        guard rows > 0 else { return 0 }
        precondition(columns.allSatisfy { $0.count == rows }, "bulk columns of different lengths")
        try begin()
        let statement = try prepared(sql)
        arena.reset()
        try statement.execute(binds: ParameterBinding.bind(columns, in: &arena), rows: rows, body: body)
        return statement.affectedRows
    }

    /// Runs a script and gives each row to `body`, with the number of its statement, from 0. In a transaction that has not done
    /// anything yet, the script also begins it.
    ///
    /// - Returns: how many rows each statement changed.
    @discardableResult
    public func run(_ script: Script, _ body: (Int, borrowing Row) throws -> Void = { _, _ in }) throws -> [Int] {
        guard case .beginning(let start) = transactionState else {
            return try send(text(of: script), skipping: 0, body)
        }
        let text = try text(of: script, after: start)
        // Whatever fails in it, what was done before that is to be rolled back.
        transactionState = .open
        return try send(text, skipping: 1, body)
    }

    /// Runs a statement that is hardly ever repeated and gives each row to `body`: in a script of one, for preparing it would be
    /// a round trip of its own.
    ///
    /// - Returns: how many rows it changed.
    @discardableResult
    public func once(
        _ sql: String, _ values: Script.Value..., body: (borrowing Row) throws -> Void = { _ in }
    ) throws -> Int {
        var script = Script()
        script.add(sql, values)
        return try run(script) { try body($1) }[0]
    }

    /// Runs a script as the last of a transaction, and commits in the same round trip.
    public func commit(
        with script: Script, _ body: (Int, borrowing Row) throws -> Void = { _, _ in }
    ) throws {
        try begin()
        var script = script
        script.add("COMMIT")
        let text = try text(of: script)
        do {
            try send(text, skipping: 0, body)
        } catch let error as DatabaseError where error.isConnectionLost {
            throw error.asCommitAnswer()
        }
        transactionState = .none
    }

    /// The rows of a query, each made by `make`.
    public func rows<Value>(
        _ sql: String, _ parameters: [Parameter] = [], _ make: (borrowing Row) throws -> Value
    ) throws -> [Value] {
        var values: [Value] = []
        try query(sql, parameters) { values.append(try make($0)) }
        return values
    }

    /// Runs `body` in a transaction: COMMIT when it returns, ROLLBACK when it throws.
    ///
    /// A transaction that had to give way to another is done again, up to `attempts` times; `body` must not have effects
    /// outside the database. Where the answer to COMMIT was lost, the error says so (``DatabaseError/isCommitUnknown``).
    ///
    /// - Parameter isPatient: whether that goes for a lock, too, that somebody else has kept for five seconds.
    public func transaction<Result>(
        attempts: Int = 8, isPatient: Bool = true, _ body: (Connection) throws -> Result
    ) throws -> Result {
        for _ in 1..<max(attempts, 1) {
            do {
                return try runTransaction("START TRANSACTION", body)
            } catch let error as DatabaseError where error.isConflict && (isPatient || !error.isLockTimeout) {
                continue
            }
        }
        return try runTransaction("START TRANSACTION", body)
    }

    /// Runs `body`, which only reads, so that all its statements see the same moment.
    public func snapshot<Result>(_ body: (Connection) throws -> Result) throws -> Result {
        try execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        return try runTransaction("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY", body)
    }

    private func runTransaction<Result>(
        _ start: String, _ body: (Connection) throws -> Result
    ) throws -> Result {
        transactionState = .beginning(start)
        defer { transactionState = .none }
        let result: Result
        do {
            result = try body(self)
        } catch {
            // After any error only ROLLBACK is right; where the connection is gone, the server does it.
            if case .open = transactionState { try? execute("ROLLBACK") }
            throw error
        }
        guard case .open = transactionState else { return result }
        do {
            try execute("COMMIT")
        } catch let error as DatabaseError {
            throw error.asCommitAnswer()
        }
        return result
    }

    /// Begins the transaction that waits for its first statement.
    private func begin() throws {
        guard case .beginning(let start) = transactionState else { return }
        transactionState = .open
        try execute(start)
    }

    /// What to send of a script, behind a statement that begins its transaction. Tells the server first of statements that it is to keep.
    private func text(of script: Script, after start: String? = nil) throws -> [UInt8] {
        var text = ScriptText()
        if let start { text.add(start) }
        for statement in script.statements {
            switch repeated.form(of: statement) {
            case .whole: text.add(statement)
            case .named(let name, let values): text.execute(name, values)
            case .new(let name, let values, let prepare):
                do {
                    try perform(prepare)
                    repeated.keep(statement, as: name)
                    text.execute(name, values)
                } catch let error as DatabaseError where error.isAboutPreparing {
                    repeated.refuse(statement)
                    text.add(statement)
                }
            }
        }
        return text.bytes
    }

    /// Sends statements that were joined by semicolons and reads all that comes back.
    ///
    /// - Parameter skipping: how many of the first statements are not numbered.
    @discardableResult
    private func send(_ text: [UInt8], skipping: Int, _ body: (Int, borrowing Row) throws -> Void) throws -> [Int] {
        if !takesScripts {
            guard mysql_set_server_option(handle, MYSQL_OPTION_MULTI_STATEMENTS_ON) == 0 else { throw lastError() }
            takesScripts = true
        }
        let isSent = text.withUnsafeBytes {
            mysql_real_query(handle, $0.baseAddress?.assumingMemoryBound(to: CChar.self), UInt($0.count)) == 0
        }
        guard isSent else { throw lastError() }
        var number = -skipping
        var changed: [Int] = []
        var failure: (any Error)?
        while true {
            if let result = mysql_store_result(handle) {
                defer { mysql_free_result(result) }
                while failure == nil, let columns = mysql_fetch_row(result), let lengths = mysql_fetch_lengths(result) {
                    do {
                        try body(number, Row(source: .text(columns, lengths: lengths)))
                    } catch {
                        // What follows has still to be read.
                        failure = error
                    }
                }
            } else if mysql_errno(handle) != 0 {
                throw lastError()
            }
            if number >= 0 { changed.append(Int(truncatingIfNeeded: mysql_affected_rows(handle))) }
            number += 1
            let next = mysql_next_result(handle)
            if next > 0 { throw lastError() }
            if next < 0 { break }
        }
        if let failure { throw failure }
        return changed
    }

    private func prepared(_ sql: String) throws -> Statement {
        if let statement = statements[sql] { return statement }
        let statement = try Statement(sql, on: handle)
        statements[sql] = statement
        return statement
    }

    private func lastError() -> DatabaseError {
        Connection.lastError(of: handle)
    }

    private static func lastError(of handle: UnsafeMutablePointer<MYSQL>) -> DatabaseError {
        DatabaseError(code: mysql_errno(handle), message: String(cString: mysql_error(handle)))
    }

    private static func connect(_ configuration: DatabaseConfiguration) throws -> UnsafeMutablePointer<MYSQL> {
        Database.startLibrary()
        guard let handle = mysql_init(nil) else {
            throw DatabaseError(code: UInt32(CR_OUT_OF_MEMORY), message: "mysql_init: out of memory")
        }
        let statementSeconds = UInt32(max(configuration.statementTimeout.components.seconds, 1))
        _ = CMariaDB_option_seconds(
            handle, MYSQL_OPT_CONNECT_TIMEOUT, UInt32(max(configuration.connectTimeout.components.seconds, 1)))
        _ = CMariaDB_option_seconds(handle, MYSQL_OPT_READ_TIMEOUT, statementSeconds)
        _ = CMariaDB_option_seconds(handle, MYSQL_OPT_WRITE_TIMEOUT, statementSeconds)
        mysql_options(handle, MYSQL_SET_CHARSET_NAME, "utf8mb4")
        if configuration.transportSecurity != .off {
            _ = CMariaDB_option_flag(handle, MYSQL_OPT_SSL_ENFORCE, 1)
            _ = CMariaDB_option_flag(
                handle, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, configuration.transportSecurity == .verify ? 1 : 0)
        }
        let connected = mysql_real_connect(
            handle, configuration.host, configuration.user, configuration.password, configuration.database,
            UInt32(configuration.port), configuration.socketPath, 0)
        guard connected != nil else {
            let error = lastError(of: handle)
            mysql_close(handle)
            throw error
        }
        // To a server that does not offer TLS, or seems not to, the library talks in the clear whatever it was told.
        guard configuration.transportSecurity == .off || mysql_get_ssl_cipher(handle) != nil else {
            mysql_close(handle)
            throw DatabaseError(code: UInt32(CR_SSL_CONNECTION_ERROR), message: "the server does not offer TLS")
        }
        return handle
    }
}
