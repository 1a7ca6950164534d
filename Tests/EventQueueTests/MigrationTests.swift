import MariaDBClient
import Migrations
import QueueFixtures
import Testing

@testable import EventQueue

extension EventQueueTests {
    @Suite struct Migrating {
        @Test func `up, down and up again`() async throws {
            try await TestQueue.with(isMigrated: false) { queue in
                let migrator = Migrator(queue.configuration, tables: queue.tables)
                let before = try await migrator.status()
                #expect(before.map(\.isApplied) == [false, false, false, false])
                let (applied, again) = (try await migrator.up(), try await migrator.up())
                #expect(applied.map(\.version) == [1, 2, 3, 4])
                #expect(again.isEmpty)
                #expect(try await tables(of: queue) == queue.tables.all.sorted())
                let newest = try await migrator.down(count: 1)
                #expect(newest.map(\.version) == [4])
                let between = try await migrator.status()
                #expect(between.map(\.isApplied) == [true, true, true, false])
                let rest = try await migrator.down(count: 9)
                #expect(rest.map(\.version) == [3, 2, 1])
                #expect(try await tables(of: queue) == [queue.tables.schemaVersion])
                let back = try await migrator.up()
                #expect(back.count == 4)
                #expect(try await queue.count("{event_routing}") == 1)
            }
        }

        @Test func `two at once make the tables once`() async throws {
            try await TestQueue.with(isMigrated: false) { queue in
                async let first = Migrator(queue.configuration, tables: queue.tables).up()
                async let second = Migrator(queue.configuration, tables: queue.tables).up()
                let applied = try await first + second
                #expect(applied.map(\.version).sorted() == [1, 2, 3, 4])
            }
        }

        @Test(arguments: Tables().all)
        func `a table of the app's is left alone`(name: String) async throws {
            try await TestQueue.with(isMigrated: false) { queue in
                try await queue.execute("CREATE TABLE {\(name)} (id INT, version INT, name TEXT)")
                let (table, migrator) = (queue.named("{\(name)}"), Migrator(queue.configuration, tables: queue.tables))
                for ask in [
                    { _ = try await migrator.up() }, { _ = try await migrator.down(count: 1) },
                    { _ = try await migrator.status() },
                ] {
                    await #expect(throws: SchemaError.tableExists(table)) { try await ask() }
                }
                #expect(try await tables(of: queue) == [table])
                #expect(try await queue.count("{\(name)}") == 0)
            }
        }

        @Test func `what was taken back halfway is made whole`() async throws {
            try await TestQueue.with { queue in
                let migrator = Migrator(queue.configuration, tables: queue.tables)
                try await queue.execute("DELETE FROM {schema_version} WHERE version = 3")
                try await queue.execute("DROP TABLE {event_dlq}")
                let applied = try await migrator.up()
                #expect(applied.map(\.version) == [3])
                #expect(try await tables(of: queue) == queue.tables.all.sorted())
            }
        }

        private func tables(of queue: TestQueue) async throws -> [String] {
            try await queue.rows(
                """
                SELECT table_name FROM information_schema.tables
                WHERE table_schema = DATABASE() AND table_name LIKE '\(queue.tables.prefix)%' ORDER BY table_name
                """)
        }
    }

    @Suite struct Requirements {
        @Test(arguments: ["10.6.0-MariaDB", "10.11.6-MariaDB-0+deb12u1", "11.4.2-MariaDB-log", "5.5.5-10.6.12-MariaDB"])
        func `these servers will do`(_ version: String) throws {
            try ServerRequirements.check(version: version, binlogFormat: "MIXED")
            try ServerRequirements.check(version: version, binlogFormat: "")
        }

        @Test func `others are refused with their reason`() {
            #expect(throws: SchemaError.serverTooOld(version: "10.5.21-MariaDB")) {
                try ServerRequirements.check(version: "10.5.21-MariaDB", binlogFormat: "")
            }
            #expect(throws: SchemaError.notMariaDB(version: "8.0.36")) {
                try ServerRequirements.check(version: "8.0.36", binlogFormat: "")
            }
            #expect(throws: SchemaError.statementBinlog) {
                try ServerRequirements.check(version: "10.11.6-MariaDB", binlogFormat: "STATEMENT")
            }
        }
    }
}
