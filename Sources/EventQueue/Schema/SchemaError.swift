/// Why the database cannot serve as it is, and what to do about it.
public enum SchemaError: Error, Sendable, Equatable, CustomStringConvertible {
    case serverTooOld(version: String)
    case notMariaDB(version: String)
    case statementBinlog
    case tableExists(String)
    case migrationsMissing

    public var description: String {
        switch self {
        case .serverTooOld(let version):
            "MariaDB \(version) is too old: 10.6 or newer is needed (SKIP LOCKED)."
        case .notMariaDB(let version):
            "This server is not MariaDB but \(version): MariaDB 10.6 or newer is needed."
        case .statementBinlog:
            "binlog_format is STATEMENT, which READ COMMITTED does not allow: set it to ROW or MIXED in the server's configuration."
        case .migrationsMissing:
            "The tables are older than this program. Run: recado migrate"
        case .tableExists(let table):
            "A table \(table) that is not ours is there already: rename it, or set database.table_prefix."
        }
    }
}
