import CFastCGI
import Glibc

/// A file in memory (memfd_create(2)) in a socket's place: libfcgi reads a request from it, and so can never wait for a peer.
final class ScratchFile {
    /// What it may keep from one request to the next.
    private static let keptBytes = 64 << 10

    let descriptor: Int32
    private var isOpen = true
    /// How much it may have held since it was trimmed.
    private var size = 0

    init() throws(FastCGIError) {
        descriptor = CFastCGI_memfd_create("recado-fastcgi")
        guard descriptor >= 0 else { throw FastCGIError.system("cannot make a file in memory") }
    }

    deinit {
        if isOpen { close(descriptor) }
    }

    /// Notes that libfcgi has closed the descriptor, as it does after an error: its number may be somebody else's by now.
    func wasClosed() {
        isOpen = false
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
        size = max(size, written)
        lseek(descriptor, 0, SEEK_SET)
    }

    /// Gives memory back that only a large request needed.
    func trim() {
        guard size > Self.keptBytes else { return }
        ftruncate(descriptor, 0)
        size = 0
    }
}
