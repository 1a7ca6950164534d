/// What the database server must be.
public enum ServerRequirements {
    /// The oldest MariaDB with `SKIP LOCKED`.
    public static let minimumVersion = (major: 10, minor: 6)

    /// - Parameters:
    ///   - version: as `VERSION()` gives it, for example `10.11.6-MariaDB-0+deb12u1`.
    ///   - binlogFormat: `@@binlog_format` where the binary log is on, else empty.
    public static func check(version: String, binlogFormat: String) throws(SchemaError) {
        guard version.contains("MariaDB") else { throw .notMariaDB(version: version) }
        // Servers behind some proxies announce themselves as 5.5.5-10.6.12-MariaDB.
        let shown = version.hasPrefix("5.5.5-") ? version.dropFirst(6) : version[...]
        let numbers = shown.split(whereSeparator: { $0 == "." || $0 == "-" }).prefix(2).compactMap { Int($0) }
        guard numbers.count == 2, (numbers[0], numbers[1]) >= minimumVersion else {
            throw .serverTooOld(version: version)
        }
        if binlogFormat == "STATEMENT" { throw .statementBinlog }
    }
}
