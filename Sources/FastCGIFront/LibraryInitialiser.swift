import CFastCGI
import Glibc

/// Starts libfcgi, once in a process.
enum LibraryInitialiser {
    private static let status = keepingSignalHandlers { FCGX_Init() }

    /// - Throws: ``FastCGIError`` when the library cannot start.
    static func run() throws {
        guard status == 0 else {
            throw FastCGIError(code: .system, message: "FCGX_Init failed with \(status)")
        }
    }

    /// Runs `body` and puts back what it has done to the signals that libfcgi takes for itself (`installSignalHandler` in
    /// its os_unix.c: SIGPIPE, SIGTERM and SIGUSR1, the default and even SIG_IGN being replaced).
    static func keepingSignalHandlers<Result>(_ body: () -> Result) -> Result {
        let signals = [SIGPIPE, SIGTERM, SIGUSR1]
        let saved = signals.map { signal in
            var action = sigaction()
            sigaction(signal, nil, &action)
            return action
        }
        defer {
            for (signal, action) in zip(signals, saved) {
                withUnsafePointer(to: action) { _ = sigaction(signal, $0, nil) }
            }
        }
        return body()
    }
}
