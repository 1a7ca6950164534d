import CFastCGI
import Glibc
import Synchronization

/// A file in memory (memfd_create(2)) in a socket's place: libfcgi reads a request from it and writes the answer to it,
/// and so can never wait for a peer.
///
/// Used by one thread at a time, as ``Pool`` lends it out.
final class ScratchFile: Sendable {
    /// What a file may keep when it goes back to the pool.
    private static let keptBytes = 64 << 10

    let descriptor: Int32
    private let isOpen = Atomic(true)
    /// How much it may have held since it was trimmed.
    private let size = Atomic(0)

    init() throws(FastCGIError) {
        descriptor = CFastCGI_memfd_create("recado-fastcgi")
        guard descriptor >= 0 else { throw FastCGIError.system("cannot make a file in memory") }
    }

    deinit {
        if isOpen.load(ordering: .relaxed) { close(descriptor) }
    }

    /// Notes that libfcgi has closed the descriptor, as it does after an error: its number may be somebody else's by now.
    func wasClosed() {
        isOpen.store(false, ordering: .relaxed)
    }

    /// Puts `bytes` into the file, to be read from their beginning. What an earlier use left behind them stays: libfcgi
    /// reads no further than the end of the request.
    func load(_ bytes: [UInt8]) throws(FastCGIError) {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes {
                pwrite(descriptor, $0.baseAddress?.advanced(by: written), $0.count - written, off_t(written))
            }
            guard count > 0 else { throw FastCGIError.system("cannot write to a file in memory") }
            written += count
        }
        size.max(written, ordering: .relaxed)
        rewind()
    }

    /// Lets the next write go to the beginning.
    func rewind() {
        lseek(descriptor, 0, SEEK_SET)
    }

    /// Calls `body` with everything written since ``rewind()``.
    func withWritten<Result>(_ body: (UnsafeRawBufferPointer) -> Result) throws(FastCGIError) -> Result {
        let size = Int(lseek(descriptor, 0, SEEK_CUR))
        self.size.max(size, ordering: .relaxed)
        let result: Result? = withUnsafeTemporaryAllocation(byteCount: size, alignment: 1) { buffer in
            var taken = 0
            while taken < size {
                let count = pread(
                    descriptor, buffer.baseAddress?.advanced(by: taken), size - taken, off_t(taken))
                if count <= 0 { return nil }
                taken += count
            }
            return body(UnsafeRawBufferPointer(buffer))
        }
        guard let result else { throw FastCGIError.system("cannot read from a file in memory") }
        return result
    }

    /// Gives memory back that only a large request or answer needed.
    func trim() {
        guard size.load(ordering: .relaxed) > Self.keptBytes else { return }
        ftruncate(descriptor, 0)
        size.store(0, ordering: .relaxed)
    }
}
