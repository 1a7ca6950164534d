import BlockingWork
import FoundationEssentials
import Glibc
import Neighbours
import Synchronization
import TestServers
import Testing

@Suite struct DoorbellTests {
    @Test func `a ring wakes every daemon, and stopping ends the wait`() async throws {
        try await withTemporaryDirectory { base in
            let directory = try RuntimeDirectory(base: base, identity: "x")
            let counts = [Counter(), Counter()]
            let listeners = try (0..<2).map { try DoorbellListener(in: directory, worker: Int64($0 + 1)) }
            for (listener, counter) in zip(listeners, counts) {
                startThread(name: "bell") {
                    listener.wait(upTo: .seconds(60))
                    counter.rings.add(1, ordering: .relaxed)
                    listener.wait(upTo: .seconds(60))
                    counter.hasEnded.store(true, ordering: .relaxed)
                }
            }
            Doorbell(in: directory).ring()
            try await waitUntil("both heard it") { counts.allSatisfy { $0.rings.load(ordering: .relaxed) == 1 } }
            #expect(!counts.contains { $0.hasEnded.load(ordering: .relaxed) })
            for listener in listeners { listener.stop() }
            try await waitUntil("both ended") { counts.allSatisfy { $0.hasEnded.load(ordering: .relaxed) } }
        }
    }

    @Test func `where nobody can ring, stopping ends the wait`() async throws {
        let (listener, counter) = (try DoorbellListener(), Counter())
        startThread(name: "bell") {
            listener.wait(upTo: .seconds(60))
            counter.hasEnded.store(true, ordering: .relaxed)
        }
        listener.stop()
        try await waitUntil("it ended") { counter.hasEnded.load(ordering: .relaxed) }
        #expect(listener.isStopped)
    }

    @Test func `ringing where nobody listens does nothing and never waits`() async throws {
        try await withTemporaryDirectory { base in
            let directory = try RuntimeDirectory(base: base, identity: "x")
            let listener = try DoorbellListener(in: directory, worker: 1)
            let bell = Doorbell(in: directory)
            // Far more than a socket's queue holds: nobody reads.
            for _ in 0..<10000 { bell.ring() }
            withExtendedLifetime(listener) {}
        }
    }

    @Test func `installations have folders of their own, for their owner alone`() async throws {
        try await withTemporaryDirectory { base in
            let one = try RuntimeDirectory(base: base, identity: "db one")
            let other = try RuntimeDirectory(base: base, identity: "db two")
            #expect(one.path != other.path)
            #expect(try RuntimeDirectory(base: base, identity: "db one").path == one.path)
            chmod(one.path, 0o777)
            #expect(throws: NeighbourError.self) { try RuntimeDirectory(base: base, identity: "db one") }
            try FileManager.default.removeItem(atPath: other.path)
            try FileManager.default.createSymbolicLink(atPath: other.path, withDestinationPath: base)
            #expect(throws: NeighbourError.self) { try RuntimeDirectory(base: base, identity: "db two") }
        }
    }
}

/// What a listening thread saw.
private final class Counter: Sendable {
    let rings = Atomic(0)
    let hasEnded = Atomic(false)
}
