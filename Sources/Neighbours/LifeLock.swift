import Glibc

/// A file that is locked for as long as its process lives: the kernel lets go of it however the process ends, so neighbours see
/// a `kill -9` within a second and need not wait for a lease.
public final class LifeLock: Sendable {
    private let descriptor: Int32
    private let path: String

    /// Locks our own file. Keep the value alive.
    public init(in directory: RuntimeDirectory, worker: Int64) throws {
        path = directory.file(.lock, worker: worker)
        // Locked before it has its name: a neighbour that saw it unlocked would take us for dead.
        let unnamed = path + ".new"
        descriptor = open(unnamed, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw NeighbourError("cannot open \(unnamed)", errno: errno) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0, rename(unnamed, path) == 0 else {
            // `deinit` closes: every property is set.
            let code = errno
            throw NeighbourError("cannot lock \(path)", errno: code)
        }
    }

    deinit {
        unlink(path)
        close(descriptor)
    }

    /// Workers whose file is there and not locked: they died. `body` takes over what they left; then their files are removed.
    public static func forEachDead(
        in directory: RuntimeDirectory, _ body: (Int64) async throws -> Void
    ) async rethrows {
        for (worker, path) in directory.files(.lock) {
            let descriptor = open(path, O_RDWR | O_CLOEXEC)
            guard descriptor >= 0 else { continue }
            defer { close(descriptor) }
            guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { continue }
            try await body(worker)
            unlink(path)
            unlink(directory.file(.bell, worker: worker))
        }
    }
}
