import CMariaDB

/// A prepared statement of one connection, with the buffers its rows are read into.
///
/// Touched by the connection's thread alone, like everything that belongs to a `MYSQL *`.
final class Statement {
    let handle: UnsafeMutablePointer<MYSQL_STMT>
    private var results: ResultBuffers?

    init(_ sql: String, on connection: UnsafeMutablePointer<MYSQL>) throws {
        guard let handle = mysql_stmt_init(connection) else {
            throw DatabaseError(code: mysql_errno(connection), message: String(cString: mysql_error(connection)))
        }
        guard mysql_stmt_prepare(handle, sql, UInt(sql.utf8.count)) == 0 else {
            let error = Statement.error(of: handle)
            mysql_stmt_close(handle)
            throw error
        }
        self.handle = handle
    }

    deinit {
        mysql_stmt_close(handle)
    }

    /// Executes with `binds` and gives each row to `body`.
    ///
    /// - Parameter rows: the number of bound rows for a bulk execution, 0 for a single one.
    func execute(
        binds: UnsafeMutablePointer<MYSQL_BIND>, rows: Int, body: (borrowing Row) throws -> Void
    ) throws {
        guard CMariaDB_stmt_array_size(handle, UInt32(rows)) == 0,
            mysql_stmt_bind_param(handle, binds) == 0,
            mysql_stmt_execute(handle) == 0
        else { throw Statement.error(of: handle) }
        defer { mysql_stmt_free_result(handle) }
        guard mysql_stmt_field_count(handle) > 0 else { return }
        if results == nil { results = try ResultBuffers(of: handle) }
        guard let results else { return }
        try results.bind(to: handle)
        while true {
            // An error may come with a row, not only with the query: 1213 while fetching is one of them.
            switch mysql_stmt_fetch(handle) {
            case 0, Int32(MYSQL_DATA_TRUNCATED): try body(Row(handle: handle, buffers: results))
            case Int32(MYSQL_NO_DATA): return
            default: throw Statement.error(of: handle)
            }
        }
    }

    /// How many rows were changed; the library says -1 of a query that changes none.
    var affectedRows: Int { max(Int(truncatingIfNeeded: mysql_stmt_affected_rows(handle)), 0) }

    /// The library notes an error that it meets while fetching on the connection only, and leaves the statement's at 0.
    static func error(of handle: UnsafeMutablePointer<MYSQL_STMT>) -> DatabaseError {
        let code = mysql_stmt_errno(handle)
        guard code == 0, let connection = handle.pointee.mysql else {
            return DatabaseError(code: code, message: String(cString: mysql_stmt_error(handle)))
        }
        return DatabaseError(code: mysql_errno(connection), message: String(cString: mysql_error(connection)))
    }
}
