import Glibc

/// Where log lines go: a descriptor that takes each of them in one write(2).
///
/// Writes of up to `PIPE_BUF` bytes (4096) to a pipe are not torn apart by other writers, see pipe(7); a regular file opened
/// for appending keeps them whole at any length. A line that nobody takes is lost: logging must not stop the work.
public struct LogOutput: Sendable {
    public static let standardError = LogOutput(descriptor: STDERR_FILENO)

    private let descriptor: Int32

    /// - Parameter descriptor: stays the caller's to close.
    public init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    /// Whether somebody watches.
    var isTerminal: Bool { isatty(descriptor) == 1 }

    /// Writes `line`, which ends in a newline.
    func write(_ line: String) {
        var line = line
        line.withUTF8 { bytes in
            guard let start = bytes.baseAddress else { return }
            var offset = 0
            while offset < bytes.count {
                let count = Glibc.write(descriptor, start + offset, bytes.count - offset)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return }
                // Only a signal or a full disk makes it take less than everything.
                offset += count
            }
        }
    }
}
