import FoundationEssentials
import Glibc
import Synchronization
import TestServers
import Testing

@testable import Neighbours

@Suite struct LifeLockTests {
    private func dead(in directory: RuntimeDirectory) async -> [Int64] {
        let found = Mutex<[Int64]>([])
        await LifeLock.forEachDead(in: directory) { worker in found.withLock { $0.append(worker) } }
        return found.withLock { $0 }
    }

    @Test func `a worker is not dead while its lock is held, nor after it ended in order`() async throws {
        try await withTemporaryDirectory { base in
            let directory = try RuntimeDirectory(base: base, identity: "x")
            do {
                let lock = try LifeLock(in: directory, worker: 7)
                #expect(await dead(in: directory).isEmpty)
                withExtendedLifetime(lock) {}
            }
            #expect(await dead(in: directory).isEmpty)
            #expect(directory.files(.lock).isEmpty)
        }
    }

    @Test func `a process that is killed is seen dead, once`() async throws {
        try await withTemporaryDirectory { base in
            let directory = try RuntimeDirectory(base: base, identity: "x")
            let file = directory.file(.lock, worker: 9)
            FileManager.default.createFile(atPath: file, contents: nil)
            FileManager.default.createFile(atPath: directory.file(.bell, worker: 9), contents: nil)
            // Holds the lock as a worker does, until it is killed.
            let pidFile = base + "/pid"
            let holder = Task {
                try await FinishedProgram.run(
                    "flock",
                    [
                        "--no-fork", file, "sh", "-c",
                        "echo $$ > \(pidFile).new; mv \(pidFile).new \(pidFile); exec sleep 60",
                    ])
            }
            try await waitUntil("the lock is held") { FileManager.default.fileExists(atPath: pidFile) }
            #expect(await dead(in: directory).isEmpty)
            let text = String(decoding: try #require(FileManager.default.contents(atPath: pidFile)), as: UTF8.self)
            kill(try #require(pid_t(text.trimmingSuffix { $0.isWhitespace })), SIGKILL)
            _ = try await holder.value
            #expect(await dead(in: directory) == [9])
            #expect(await dead(in: directory).isEmpty)
            #expect(directory.files(.bell).isEmpty)
        }
    }

    @Test func `what cannot be taken over is tried again`() async throws {
        struct Failure: Error {}
        try await withTemporaryDirectory { base in
            let directory = try RuntimeDirectory(base: base, identity: "x")
            FileManager.default.createFile(atPath: directory.file(.lock, worker: 3), contents: nil)
            await #expect(throws: Failure.self) {
                try await LifeLock.forEachDead(in: directory) { _ in throw Failure() }
            }
            #expect(await dead(in: directory) == [3])
        }
    }

    @Test func `a lock file has its name only when it is locked`() async throws {
        try await withTemporaryDirectory { base in
            let directory = try RuntimeDirectory(base: base, identity: "x")
            let isDone = Atomic(false)
            async let watched: Int = {
                var seen = 0
                while !isDone.load(ordering: .relaxed) {
                    await LifeLock.forEachDead(in: directory) { _ in seen += 1 }
                    await Task.yield()
                }
                return seen
            }()
            for _ in 0..<300 {
                let lock = try LifeLock(in: directory, worker: 1)
                withExtendedLifetime(lock) {}
            }
            isDone.store(true, ordering: .relaxed)
            #expect(await watched == 0)
        }
    }
}

extension String {
    fileprivate func trimmingSuffix(while predicate: (Character) -> Bool) -> String {
        var text = self[...]
        while let last = text.last, predicate(last) { text.removeLast() }
        return String(text)
    }
}
