import BlockingWork
import FoundationEssentials
import Glibc
import Synchronization
import TestServers
import Testing

@testable import Neighbours

@Suite struct LifeLockTests {
    private func dead(in directory: RuntimeDirectory) async -> [Int64] {
        let found = Mutex<[Int64]>([])
        await LifeLock.forEachDead(in: directory) { worker, isFirst in
            found.withLock { $0.append(isFirst ? worker : -worker) }
        }
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

    @Test func `a worker that leaves something behind counts as dead`() async throws {
        try await withTemporaryDirectory { base in
            let directory = try RuntimeDirectory(base: base, identity: "x")
            do {
                let lock = try LifeLock(in: directory, worker: 7)
                lock.leaveBehind()
                #expect(await dead(in: directory).isEmpty)
            }
            #expect(await dead(in: directory) == [7])
        }
    }

    @Test func `a process that is killed is seen dead, and for some seconds again`() async throws {
        try await withTemporaryDirectory { base in
            let directory = try RuntimeDirectory(base: base, identity: "x")
            let file = directory.file(.lock, worker: 9)
            #expect(FileManager.default.createFile(atPath: file, contents: nil))
            #expect(FileManager.default.createFile(atPath: directory.file(.bell, worker: 9), contents: nil))
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
            // The server may commit what it had sent after that look.
            for _ in 0..<3 {
                #expect(await dead(in: directory).isEmpty)
                #expect(directory.files(.bell).count == 1)
                try FileManager.default.setAttributes([.modificationDate: Date.now - 3], ofItemAtPath: file)
                #expect(await dead(in: directory) == [-9])
            }
            #expect(await dead(in: directory).isEmpty)
            #expect(directory.files(.bell).isEmpty)
        }
    }

    @Test(arguments: [0o777, 0o775])
    func `a folder in which others may put another into the place of ours is not used`(mode: Int) async throws {
        try await withTemporaryDirectory { base in
            let folder = base + "/run"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: folder)
            #expect(throws: NeighbourError.self) { try RuntimeDirectory(base: folder, identity: "x") }
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder)
            _ = try RuntimeDirectory(base: folder, identity: "x")
        }
    }

    @Test func `what cannot be taken over is tried again`() async throws {
        struct Failure: Error {}
        try await withTemporaryDirectory { base in
            let directory = try RuntimeDirectory(base: base, identity: "x")
            #expect(FileManager.default.createFile(atPath: directory.file(.lock, worker: 3), contents: nil))
            await #expect(throws: Failure.self) {
                try await LifeLock.forEachDead(in: directory) { _, _ in throw Failure() }
            }
            #expect(await dead(in: directory) == [3])
        }
    }

    @Test func `a lock file has its name only when it is locked`() async throws {
        try await withTemporaryDirectory { base in
            let directory = try RuntimeDirectory(base: base, identity: "x")
            let watcher = Watcher()
            for _ in 0..<2 {
                startThread(name: "watcher") { watcher.watch(directory.file(.lock, worker: 1)) }
            }
            for _ in 0..<3000 {
                let lock = try LifeLock(in: directory, worker: 1)
                withExtendedLifetime(lock) {}
            }
            watcher.isDone.store(true, ordering: .relaxed)
            try await waitUntil("both watchers ended") { watcher.ended.load(ordering: .relaxed) == 2 }
            #expect(watcher.unlocked.load(ordering: .relaxed) == 0)
        }
    }
}

/// Looks all the time whether a file is there without its lock, the way a neighbour does.
private final class Watcher: Sendable {
    let isDone = Atomic(false)
    let ended = Atomic(0)
    let unlocked = Atomic(0)

    func watch(_ path: String) {
        while !isDone.load(ordering: .relaxed) {
            let descriptor = open(path, O_RDWR | O_CLOEXEC)
            guard descriptor >= 0 else { continue }
            // One that was removed in between belongs to nobody any more.
            var status = stat()
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0, fstat(descriptor, &status) == 0, status.st_nlink > 0 {
                unlocked.add(1, ordering: .relaxed)
            }
            close(descriptor)
        }
        ended.add(1, ordering: .relaxed)
    }
}

extension String {
    fileprivate func trimmingSuffix(while predicate: (Character) -> Bool) -> String {
        var text = self[...]
        while let last = text.last, predicate(last) { text.removeLast() }
        return String(text)
    }
}
