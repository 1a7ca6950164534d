import Glibc
import Synchronization

/// A file that is locked for as long as its process lives: the kernel lets go of it however the process ends, so neighbours see
/// a `kill -9` within a second and need not wait for a lease.
public final class LifeLock: Sendable {
    private let descriptor: Int32
    private let path: String
    private let staysBehind = Atomic(false)

    /// How often a dead worker is looked after, and how many seconds later the next time: the server may still be at what it has sent
    /// last, and its COMMIT may come after a neighbour has looked.
    private static let (looks, pauseSeconds) = (4, 2)
    private static let mark = "seen\n"

    /// Locks our own file. Keep the value alive.
    public init(in directory: RuntimeDirectory, worker: Int64) throws {
        path = directory.file(.lock, worker: worker)
        // Locked before it has its name: a neighbour that saw it unlocked would take us for dead.
        let unnamed = path + ".new"
        descriptor = open(unnamed, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw NeighbourError("cannot open \(unnamed)", errno: errno) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0, rename(unnamed, path) == 0 else {
            // `deinit` closes: every property is set.
            let code = errno
            throw NeighbourError("cannot lock \(path)", errno: code)
        }
    }

    deinit {
        if !staysBehind.load(ordering: .relaxed) { unlink(path) }
        close(descriptor)
    }

    /// Has neighbours take us for dead once this process ends: something is left to be taken over.
    public func leaveBehind() {
        staysBehind.store(true, ordering: .relaxed)
    }

    /// Workers whose file is there and not locked: they died. `body` takes over what they left, and is told whether it is the first
    /// time; it is called again some seconds later, and in the end their files are removed.
    public static func forEachDead(
        in directory: RuntimeDirectory, _ body: (_ worker: Int64, _ isFirst: Bool) async throws -> Void
    ) async rethrows {
        for (worker, path) in directory.files(.lock) {
            let descriptor = open(path, O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW)
            guard descriptor >= 0 else { continue }
            defer { close(descriptor) }
            guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { continue }
            // Each look leaves a mark in the file, and its time. Clocks of hosts may be put back.
            var file = stat()
            guard fstat(descriptor, &file) == 0 else { continue }
            let earlier = Int(file.st_size) / mark.utf8.count
            guard earlier == 0 || abs(time(nil) - file.st_mtim.tv_sec) >= pauseSeconds else { continue }
            try await body(worker, earlier == 0)
            if earlier + 1 < looks, write(descriptor, mark, mark.utf8.count) == mark.utf8.count { continue }
            unlink(path)
            unlink(directory.file(.bell, worker: worker))
        }
    }
}
