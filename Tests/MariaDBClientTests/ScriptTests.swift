import MariaDBClient
import QueueFixtures
import Testing

extension MariaDBClientTests {
    @Suite struct Scripts {
        @Test func `rows come with the number of their statement, texts and NULLs as they are`() async throws {
            try await withTable { queue in
                var script = Script()
                script.add(queue.named("INSERT INTO {t} (n, t) VALUES (1, 'ä;\0'), (2, NULL), (-3, '')"))
                script.add(queue.named("SELECT n, t FROM {t} WHERE n IN (?) ORDER BY n"), .list([1, -3]))
                script.add("SELECT ?, NULL", .integer(Int64.min))
                let rows = try await queue.database.run { [script] connection in
                    var rows: [String] = []
                    try connection.run(script) { statement, row in
                        rows.append("\(statement): \(row.integer(0)) \(row.optionalText(1) ?? "NULL")")
                    }
                    return rows
                }
                #expect(rows == ["1: -3 ", "1: 1 ä;\0", "2: -9223372036854775808 NULL"])
            }
        }

        @Test func `texts get in as they are, whatever they hold, and changes are counted`() async throws {
            try await withTable { queue in
                let texts = ["", "ä\u{1F600}", "'); DROP TABLE x; -- ? \\ \" \0\n"]
                var script = Script()
                script.add(
                    queue.named("INSERT INTO {t} (n, t) VALUES ?"),
                    .rows(texts.enumerated().map { [.integer($0.offset + 1), .text($0.element)] }))
                script.add(queue.named("SELECT t FROM {t} ORDER BY n"))
                script.add(queue.named("DELETE FROM {t} WHERE t = ?"), .text(texts[1]))
                let (changed, read) = try await queue.database.run { [script] connection in
                    var read: [String] = []
                    let changed = try connection.run(script) { _, row in read.append(row.text(0)) }
                    return (changed, read)
                }
                #expect(read == texts)
                #expect(changed[0] == 3)
                #expect(changed[2] == 1)
            }
        }

        @Test func `what a script did before it failed is rolled back`() async throws {
            try await withTable { queue in
                var script = Script()
                script.add(queue.named("INSERT INTO {t} (n, t) VALUES (1, 'x')"))
                script.add("SELECT nothing FROM nowhere")
                await #expect(throws: DatabaseError.self) {
                    try await queue.database.run { [script] connection in
                        try connection.transaction { try $0.run(script) }
                    }
                }
                try await queue.database.run { [script = Script()] connection in
                    var script = script
                    script.add("SELECT 1")
                    try connection.transaction { _ = try $0.run(script) }
                }
                #expect(try await queue.count("{t}") == 0)
            }
        }

        @Test func `the first that fails ends the script and its transaction`() async throws {
            try await withTable { queue in
                var script = Script()
                script.add(queue.named("INSERT INTO {t} (n, t) VALUES ?"), .pairs([(1, 1), (2, 2)]))
                script.add(queue.named("INSERT INTO {t} (n, t) VALUES ?"), .pairs([(2, 2)]))
                script.add(queue.named("INSERT INTO {t} (n, t) VALUES ?"), .pairs([(3, 3)]))
                let error = await #expect(throws: DatabaseError.self) {
                    try await queue.database.run { [script] connection in
                        try connection.transaction { try $0.commit(with: script) }
                    }
                }
                #expect(error?.code == 1062)
                #expect(error?.isCommitUnknown == false)
                #expect(try await queue.count("{t}") == 0)
                try await queue.execute("INSERT INTO {t} (t) VALUES ('the connection goes on')")
            }
        }

        @Test func `a script begins and ends a transaction`() async throws {
            try await withTable { queue in
                let other = queue.anotherDatabase()
                let (insert, count) = (
                    queue.named("INSERT INTO {t} (n) VALUES (?)"), queue.named("SELECT COUNT(*) FROM {t}")
                )
                try await queue.database.run { connection in
                    try connection.transaction { connection in
                        var first = Script()
                        first.add(insert, .integer(1))
                        try connection.run(first)
                        var last = Script()
                        last.add(insert, .integer(2))
                        last.add(count)
                        var counted: Int64 = 0
                        try connection.commit(with: last) { _, row in counted = row.integer(0) }
                        #expect(counted == 2)
                    }
                }
                let seen = try await other.run { try $0.rows(count) { $0.integer(0) } }
                #expect(seen == [2])
                await other.close()
            }
        }

        @Test(arguments: [
            Array(1...40), [5], [1, 2, 3, 4, 5, 6, 7], [1, 2, 3, 4, 5, 6, 7, 8], [-3, -2, -1, 0, 1, 2, 3, 4, 9, 30],
            Array(1...9) + Array(11...19) + [21, 23] + Array(25...40), [8, 7, 6, 5, 4, 3, 2, 1, 1],
        ])
        func `among neighbours and others are those, and no others`(wanted: [Int]) async throws {
            try await withTable { queue in
                var script = Script()
                script.add(
                    queue.named("INSERT INTO {t} (n) VALUES ?"), .rows((-10...60).map { [.integer($0)] }))
                script.add(queue.named("UPDATE {t} SET t = 'x' WHERE ?"), .among(column: "n", wanted.map { Int64($0) }))
                script.add(queue.named("SELECT n FROM {t} WHERE t = 'x' ORDER BY n"))
                let found = try await queue.database.run { [script] connection in
                    var found: [Int64] = []
                    // In the table's default mode a 0 would ask for the next number.
                    try connection.execute("SET SESSION sql_mode = 'NO_AUTO_VALUE_ON_ZERO'")
                    try connection.run(script) { _, row in found.append(row.integer(0)) }
                    return found
                }
                #expect(found == Set(wanted).sorted().map { Int64($0) })
            }
        }

        @Test func `who asks for neighbours waits for nobody who has locked the row behind them`() async throws {
            try await withTable { queue in
                var script = Script()
                script.add(queue.named("INSERT INTO {t} (n) VALUES ?"), .rows((1...21).map { [.integer($0)] }))
                try await queue.database.run { [script] in _ = try $0.run(script) }
                let other = queue.anotherDatabase()
                let lock = queue.named("SELECT n FROM {t} WHERE n = 21 FOR UPDATE")
                let update = queue.named("UPDATE {t} SET t = 'x' WHERE ?")
                let read = queue.named("SELECT n FROM {t} WHERE ? ORDER BY n FOR UPDATE")
                try await other.run { try $0.execute("START TRANSACTION") }
                try await other.run { _ = try $0.rows(lock) { $0.integer(0) } }
                let (changed, found) = try await queue.database.run { connection in
                    // Whoever would wait fails.
                    try connection.execute("SET SESSION innodb_lock_wait_timeout = 0")
                    var script = Script()
                    script.add(update, .among(column: "n", Array(1...20)))
                    script.add(read, .among(column: "n", Array(1...20)))
                    var found = 0
                    let changed = try connection.transaction { try $0.run(script) { _, _ in found += 1 } }
                    return (changed, found)
                }
                #expect(changed[0] == 20)
                #expect(found == 20)
                await other.close()
            }
        }

        @Test func `what is asked again and again is answered as it was at first, whatever the values`() async throws {
            try await withTable { queue in
                let texts = [
                    "", "ä\u{1F600}", "'); DROP TABLE x; -- ? \\ \" \0\n", "it's",
                    String(repeating: "x", count: 70_000),
                ]
                let prepared = "SHOW SESSION STATUS LIKE 'Com_execute_sql'"
                for round in 0..<6 {
                    let text = texts[round % texts.count]
                    var script = Script()
                    script.add(
                        queue.named("INSERT INTO {t} (n, t) VALUES (?, ?) /* it's a 'statement' */"), .integer(round),
                        .text(text))
                    script.add(
                        queue.named("UPDATE {t} SET t = t, n = n + 0 WHERE ? AND t = ?"),
                        .among(column: "n", [Int64(round)]), .text(text))
                    script.add(
                        queue.named("SELECT n, t, NULL, ? FROM {t} WHERE n IN (?)"), .integer(Int64.min),
                        .list([Int64(round)]))
                    script.add(
                        "SELECT MAX(a), b, NULL, 0 FROM (SELECT 0 AS a, 0 AS b UNION ALL VALUES ?) t GROUP BY b ORDER BY b DESC LIMIT 1",
                        .pairs([(5_000_000_000, Int64(round) + 1)]))
                    script.add(
                        queue.named("DELETE FROM {t} WHERE n = ? AND ? = ? /* not too short to be kept */"),
                        .integer(round), .text(text), .text(text))
                    let (rows, changed, executed) = try await queue.database.run { [script] connection in
                        var rows: [String] = []
                        try connection.execute("SET SESSION sql_mode = 'NO_AUTO_VALUE_ON_ZERO'")
                        let changed = try connection.transaction { connection in
                            try connection.run(script) { statement, row in
                                rows.append(
                                    "\(statement): \(row.integer(0)) \(row.text(1)) \(row.isNull(2)) \(row.integer(3))")
                            }
                        }
                        return (rows, changed, try connection.rows(prepared) { Int($0.text(1)) ?? 0 }[0])
                    }
                    #expect(rows.first == "2: \(round) \(text) true \(Int64.min)")
                    #expect(rows.count == 2 && rows.last?.hasPrefix("3: 5000000000 \(round + 1) ") == true)
                    #expect(changed[0] == 1 && changed[4] == 1)
                    // From the third time on by name, but for the table of values.
                    #expect(executed == max(round - 1, 0) * 4)
                }
            }
        }

        @Test func `what the server does not keep is sent whole, and what fails by its name says why`() async throws {
            try await withTable { queue in
                try await queue.database.run { connection in
                    for _ in 0..<5 {
                        var script = Script()
                        // Cannot be prepared itself: error 1295.
                        script.add("PREPARE own FROM 'SELECT 1 + 1, 2 + 2, 3 + 3, 4 + 4, 5 + 5'")
                        script.add("EXECUTE own")
                        var found: Int64 = 0
                        try connection.run(script) { _, row in found = row.integer(4) }
                        #expect(found == 10)
                    }
                }
                let insert = queue.named("INSERT INTO {t} (n, t) VALUES (?, 'the same number twice')")
                for round in 0..<6 {
                    let error = await #expect(throws: DatabaseError.self) {
                        try await queue.database.run { connection in
                            var script = Script()
                            script.add(insert, .integer(round + 1))
                            script.add(insert, .integer(round + 1))
                            try connection.transaction { _ = try $0.run(script) }
                        }
                    }
                    #expect(error?.code == 1062)
                    #expect(try await queue.count("{t}") == 0)
                }
            }
        }

        @Test func `what throws after a script is rolled back`() async throws {
            struct Stop: Error {}
            try await withTable { queue in
                var script = Script()
                script.add(queue.named("INSERT INTO {t} (n) VALUES (1)"))
                await #expect(throws: Stop.self) {
                    try await queue.database.run { [script] connection in
                        try connection.transaction { connection in
                            try connection.run(script)
                            throw Stop()
                        }
                    }
                }
                let left = try await queue.count("{t}")
                #expect(left == 0)
            }
        }
    }
}
