import MariaDBClient
import QueueFixtures
import Testing

extension MariaDBClientTests {
    @Suite struct Values {
        @Test func `every type arrives as an integer or a text`() async throws {
            try await TestQueue.with(isMigrated: false) { queue in
                let row = try await queue.rows(
                    """
                    SELECT CAST(-5 AS SIGNED), 9223372036854775807, 1.50, 'é😀', CAST('2026-11-21 09:30:00.123' AS DATETIME(3)), NULL,
                        CAST(SUM(3) AS SIGNED), '', TRUE
                    """, columns: 9)
                #expect(row == ["-5 9223372036854775807 1.50 é😀 2026-11-21 09:30:00.123 - 3  1"])
                let (integer, isNull, nullInteger, decimal) = try await queue.database.run { connection in
                    try connection.rows("SELECT -5, NULL, CAST(NULL AS SIGNED), CAST(7 AS DECIMAL)") {
                        ($0.integer(0), $0.isNull(1), $0.integer(2), $0.integer(3))
                    }[0]
                }
                #expect(integer == -5)
                #expect(isNull)
                #expect(nullInteger == 0)
                #expect(decimal == 7)
            }
        }

        @Test(arguments: [0, 1, 2047, 2048, 2049, 70000, 3_000_000])
        func `texts of any length come back whole, beside short ones`(_ length: Int) async throws {
            try await withTable { queue in
                let bytes = (0..<length).map { UInt8(ascii: "a") + UInt8($0 % 26) }
                let sql = queue.named("INSERT INTO {t} (t) VALUES (?)")
                let select = queue.named("SELECT t, n, t FROM {t} ORDER BY n")
                let read = try await queue.database.run { connection in
                    for value in [Parameter.text("short"), .bytes(bytes), .null, .text("end")] {
                        try connection.query(sql, [value])
                    }
                    return try connection.rows(select) { ($0.bytes(0), $0.integer(1), $0.text(2).utf8.count) }
                }
                #expect(read.map(\.0) == [Array("short".utf8), bytes, [], Array("end".utf8)])
                #expect(read.map(\.1) == [1, 2, 3, 4])
                #expect(read[1].2 == length)
            }
        }

        @Test func `parameters are values, whatever is in them`() async throws {
            try await withTable { queue in
                let text = "'; DROP TABLE x; -- \\ \" \u{0} %_ \u{1F600}"
                let sql = queue.named("SELECT ?, ?, ?")
                let back = try await queue.database.run { connection in
                    try connection.rows(sql, [.text(text), .integer(Int64.min), .text(nil)]) {
                        ($0.text(0), $0.integer(1), $0.isNull(2))
                    }[0]
                }
                #expect(back == (text, Int64.min, true))
            }
        }

        @Test func `a bulk insert returns its ids in the order of the rows`() async throws {
            try await withTable { queue in
                let insert = queue.named("INSERT INTO {t} (t) VALUES (?) RETURNING n, t")
                let texts: [String?] = (0..<700).map { $0 % 7 == 0 ? nil : "row \($0)" }
                let back = try await queue.database.run { connection in
                    var rows: [(Int64, String?)] = []
                    try connection.bulk(insert, [.texts(texts)]) { rows.append(($0.integer(0), $0.optionalText(1))) }
                    return rows
                }
                #expect(back.map(\.1) == texts)
                #expect(back.map(\.0) == back.map(\.0).sorted())
            }
        }

        @Test func `a bulk delete returns exactly what was there`() async throws {
            try await withTable { queue in
                try await queue.execute("INSERT INTO {t} (n, t) VALUES (1, 'a'), (2, 'b'), (5, 'c')")
                let delete = queue.named("DELETE FROM {t} WHERE n = ? AND t = ? RETURNING n")
                let gone = try await queue.database.run { connection in
                    try connection.transaction { connection in
                        var gone: [Int64] = []
                        try connection.bulk(delete, [.integers([1, 2, 3, 5]), .texts(["a", "x", "c", "c"])]) {
                            gone.append($0.integer(0))
                        }
                        return gone
                    }
                }
                #expect(gone == [1, 5])
                #expect(try await queue.rows("SELECT n FROM {t}") == ["2"])
            }
        }

        @Test func `a bulk insert of which one row is refused writes none`() async throws {
            try await withTable { queue in
                let insert = queue.named("INSERT INTO {t} (n, t) VALUES (?, ?)")
                await #expect(throws: DatabaseError.self) {
                    try await queue.database.run {
                        _ = try $0.bulk(insert, [.integers([1, 2, 1]), .texts(["a", "b", "c"])])
                    }
                }
                let count = try await queue.count("{t}")
                #expect(count == 0)
            }
        }

        /// The library leaves the code of such an error on the connection, and none on the statement.
        @Test func `an error that comes with the rows has its code`() async throws {
            try await withTable { queue in
                let insert = queue.named("INSERT INTO {t} (n, t) VALUES (?, ?) RETURNING n")
                let error = await #expect(throws: DatabaseError.self) {
                    try await queue.database.run {
                        _ = try $0.bulk(insert, [.integers([1, 2, 1]), .texts(["a", "b", "c"])])
                    }
                }
                #expect(error?.code == 1062)
                #expect(error?.message.isEmpty == false)
            }
        }

        @Test func `nothing to write is no statement`() async throws {
            try await TestQueue.with(isMigrated: false) { queue in
                let changed = try await queue.database.run { try $0.bulk("no SQL at all", [.integers([])]) }
                #expect(changed == 0)
            }
        }
    }
}
