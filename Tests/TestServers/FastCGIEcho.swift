import Glibc
import PrivateDatabase

/// A FastCGI responder that answers 202 and a JSON object: `{"parameters": {…}, "length": 3, "connection": 1}`, what it was
/// sent, how long the body was, and the how manieth connection it came by.
public enum FastCGIEcho {
    /// Starts it on a unix socket, runs `body` with the socket's path, and stops it.
    public static func with<Result>(
        isolation: isolated (any Actor)? = #isolation, _ body: (String) async throws -> Result
    ) async throws -> Result {
        try await withTemporaryDirectory { directory in
            let socket = "\(directory)/echo.sock"
            let command = ChildProcess.Command(
                "/usr/bin/python3", [RepositoryFiles.script("fastcgi_echo.py"), socket],
                outputPath: "\(directory)/output.log")
            return try await RunningProgram.with(command, isReady: { access(socket, F_OK) == 0 }) { _ in
                try await body(socket)
            }
        }
    }
}
