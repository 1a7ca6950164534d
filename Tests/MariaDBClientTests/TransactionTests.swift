import MariaDBClient
import QueueFixtures
import Testing

extension MariaDBClientTests {
    @Suite struct Transactions {
        @Test func `what throws is rolled back, and the connection goes on`() async throws {
            struct Stop: Error {}
            try await withTable { queue in
                let insert = queue.named("INSERT INTO {t} (t) VALUES ('x')")
                await #expect(throws: Stop.self) {
                    try await queue.database.run { connection in
                        try connection.transaction { connection in
                            try connection.execute(insert)
                            throw Stop()
                        }
                    }
                }
                #expect(try await queue.count("{t}") == 0)
                try await queue.database.run { try $0.transaction { try $0.execute(insert) } }
                #expect(try await queue.count("{t}") == 1)
            }
        }

        @Test func `of two that deadlock both happen`() async throws {
            try await withTable { queue in
                try await queue.execute("INSERT INTO {t} (n, t) VALUES (1, ''), (2, '')")
                let other = queue.anotherDatabase()
                let (tries, haveFirst) = (SharedCount(), SharedCount())
                let add = queue.named("UPDATE {t} SET t = CONCAT(t, ?) WHERE n = ?")
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for (database, name, order) in [(queue.database, "a", [1, 2]), (other, "b", [2, 1])] {
                        group.addTask {
                            try await database.run { connection in
                                try connection.transaction { connection in
                                    tries.add()
                                    try connection.query(add, [.text(name), .integer(order[0])])
                                    haveFirst.add()
                                    // Both hold one row before either asks for the other's. A repetition meets nobody here.
                                    while haveFirst.value < 2 {}
                                    try connection.query(add, [.text(name), .integer(order[1])])
                                }
                            }
                        }
                    }
                    try await group.waitForAll()
                }
                #expect(tries.value == 3)
                let texts = try await queue.rows("SELECT t FROM {t}")
                #expect(texts.allSatisfy { $0 == "ab" || $0 == "ba" })
                await other.close()
            }
        }

        @Test func `reads see what others have committed since`() async throws {
            try await withTable { queue in
                let other = queue.anotherDatabase()
                try await queue.execute("START TRANSACTION")
                #expect(try await queue.count("{t}") == 0)
                let insert = queue.named("INSERT INTO {t} (t) VALUES ('x')")
                try await other.run { try $0.execute(insert) }
                #expect(try await queue.count("{t}") == 1)
                try await queue.execute("COMMIT")
                await other.close()
            }
        }
    }
}
