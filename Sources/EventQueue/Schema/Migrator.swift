public import MariaDBClient
public import Migrations

/// Brings the tables to the version that this program knows, and back.
///
/// Repeatable, and safe when two run at once: the one row of `schema_version` that stands for version 0 is locked on a
/// connection of its own for as long as the statements run on another (DDL commits by itself, so it cannot hold a lock).
public struct Migrator: Sendable {
    private let lockDatabase: Database
    private let database: Database
    private let tables: Tables

    public init(_ configuration: DatabaseConfiguration, tables: Tables) {
        lockDatabase = Database(configuration, name: "migrate-lock")
        database = Database(configuration, name: "migrate")
        self.tables = tables
    }

    /// A migration and whether it has been applied.
    public struct State: Sendable {
        public let migration: Migration
        public let isApplied: Bool
    }

    /// What is applied and what is not.
    public func status() async throws -> [State] {
        let applied = try await database.run { [tables] connection in
            try Self.requireServer(connection)
            try Self.refuseForeignTables(connection, tables)
            return try Self.appliedVersions(connection, tables)
        }
        return Migrations.all.map { State(migration: $0, isApplied: applied.contains($0.version)) }
    }

    /// Applies what is missing. Returns what was applied.
    public func up() async throws -> [Migration] {
        try await exclusively { connection, tables in
            let applied = try Self.appliedVersions(connection, tables)
            let missing = Migrations.all.filter { !applied.contains($0.version) }
            for migration in missing {
                for statement in migration.upStatements(prefix: tables.prefix) { try connection.execute(statement) }
                try connection.query(
                    "INSERT INTO \(tables.schemaVersion) (version, name) VALUES (?, ?)",
                    [.integer(migration.version), .text(migration.name)])
            }
            return missing
        }
    }

    /// Takes back the newest applied migrations, `count` of them. Their tables and all that is in them are gone.
    public func down(count: Int) async throws -> [Migration] {
        try await exclusively { connection, tables in
            let applied = try Self.appliedVersions(connection, tables)
            let newest = Migrations.all.filter { applied.contains($0.version) }.suffix(count).reversed()
            for migration in newest {
                // First: what is killed in between is made whole by going up, which leaves alone what is there.
                try connection.query(
                    "DELETE FROM \(tables.schemaVersion) WHERE version = ?", [.integer(migration.version)])
                for statement in migration.downStatements(prefix: tables.prefix) { try connection.execute(statement) }
            }
            return Array(newest)
        }
    }

    private func exclusively<Result: Sendable>(
        _ body: @escaping @Sendable (Connection, Tables) throws -> Result
    ) async throws -> Result {
        let tables = tables
        try await lockDatabase.run { connection in
            try Self.requireServer(connection)
            try Self.refuseForeignTables(connection, tables)
            try connection.execute(
                """
                CREATE TABLE IF NOT EXISTS \(tables.schemaVersion) (
                    version INT NOT NULL PRIMARY KEY,
                    name VARCHAR(64) NOT NULL,
                    applied_at DATETIME NOT NULL DEFAULT (UTC_TIMESTAMP())
                ) ENGINE = InnoDB
                """)
            // Shorter than our own patience with the server, longer than any migration of empty tables.
            try connection.execute("SET SESSION idle_transaction_timeout = 0, innodb_lock_wait_timeout = 25")
            try connection.execute("INSERT IGNORE INTO \(tables.schemaVersion) (version, name) VALUES (0, 'lock')")
            try connection.execute("START TRANSACTION")
            try connection.query("SELECT version FROM \(tables.schemaVersion) WHERE version = 0 FOR UPDATE")
        }
        let result: Swift.Result<Result, any Error>
        do {
            result = .success(try await database.run { try body($0, tables) })
        } catch {
            result = .failure(error)
        }
        await lockDatabase.close()
        return try result.get()
    }

    /// Throws where the tables are older than this program, which would find out only when it writes what it has done.
    public static func requireCurrentTables(_ tables: Tables, on connection: Connection) throws {
        let applied = try appliedVersions(connection, tables)
        guard Migrations.all.allSatisfy({ applied.contains($0.version) }) else { throw SchemaError.migrationsMissing }
    }

    private static func appliedVersions(_ connection: Connection, _ tables: Tables) throws -> Set<Int> {
        do {
            let sql = "SELECT version FROM \(tables.schemaVersion) WHERE version > 0"
            return Set(try connection.rows(sql) { Int($0.integer(0)) })
        } catch let error as DatabaseError where error.isMissingTable {
            return []
        }
    }

    /// Tables of our names which are not ours belong to the app: they are left alone. Ours may be there without their version, where an
    /// earlier run was killed in between.
    private static func refuseForeignTables(_ connection: Connection, _ tables: Tables) throws {
        for (table, column) in tables.telltales {
            let columns = try connection.rows(
                """
                SELECT column_name FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = ?
                """, [.text(table)]
            ) { $0.text(0) }
            guard columns.isEmpty || columns.contains(column) else { throw SchemaError.tableExists(table) }
        }
    }

    private static func requireServer(_ connection: Connection) throws {
        var version = ""
        var binlogFormat = ""
        try connection.query("SELECT VERSION(), IF(@@log_bin, @@binlog_format, '')") {
            version = $0.text(0)
            binlogFormat = $0.text(1)
        }
        try ServerRequirements.check(version: version, binlogFormat: binlogFormat)
    }
}
