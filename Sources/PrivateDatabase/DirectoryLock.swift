import Glibc

/// Says that this process, and no other, uses a directory; the kernel takes it back however the process ends.
final class DirectoryLock: Sendable {
    private let descriptor: Int32

    /// Takes the lock, a file `lock` in `directory`.
    ///
    /// - Throws: ``PrivateDatabaseError`` with `directoryUnusable` or `inUse`.
    init(in directory: String) throws {
        descriptor = open("\(directory)/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            let reason = String(cString: strerror(errno))
            throw PrivateDatabaseError(.directoryUnusable, "The directory \(directory) cannot be written: \(reason).")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw PrivateDatabaseError(.inUse, "Somebody already runs a private database in \(directory).")
        }
    }

    deinit {
        close(descriptor)
    }
}
