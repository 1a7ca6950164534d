import FoundationEssentials
import PrivateDatabase

/// The web servers that `docs/web-servers.md` describes, run with the very configuration that stands there.
public enum WebServer: String, CaseIterable, Sendable {
    case nginx, apache, lighttpd, caddy

    /// Starts the server in front of a FastCGI responder, runs `body`, and stops it.
    ///
    /// - Throws: ``ServerError`` with the end of its log where it does not start; what `body` throws.
    public func with<Result>(
        responder: FastCGIAddress, isolation: isolated (any Actor)? = #isolation,
        _ body: (RunningWebServer) async throws -> Result
    ) async throws -> Result {
        guard let program = ProgramSearch.path(ofAny: programName) else {
            throw ServerError("\(programName) is not installed.")
        }
        return try await withTemporaryDirectory { directory in
            let port = try Loopback.freePort()
            if self == .apache { try admitApache(to: responder, and: directory) }
            try configuration(site: site(port: port, responder: responder), directory: directory)
                .write(toFile: "\(directory)/server.conf", atomically: false, encoding: .utf8)
            let command = ChildProcess.Command(
                program, arguments(directory: directory),
                environment: ["HOME": directory, "XDG_CONFIG_HOME": directory, "XDG_DATA_HOME": directory],
                outputPath: "\(directory)/output.log")
            return try await RunningProgram.with(
                command, logs: ["\(directory)/error.log"], isReady: { Loopback.isListening(on: port) }
            ) { child in
                try await body(RunningWebServer(port: port, processID: child.processID, directory: directory))
            }
        }
    }

    /// The documented file, with this test's port and responder in the places of the documented ones.
    private func site(port: Int, responder: FastCGIAddress) throws -> String {
        let path = "\(RepositoryFiles.root)/docs/web-servers/\(rawValue).conf"
        guard let content = FileManager.default.contents(atPath: path) else {
            throw ServerError("There is no \(path).")
        }
        let (documented, replacement) = responderText(responder)
        var text = String(decoding: content, as: UTF8.self)
        for (old, new) in [("8026", "\(port)"), (documented, replacement)] {
            guard text.contains(old) else { throw ServerError("\(path) does not hold \(old) any more.") }
            text = text.replacing(old, with: new)
        }
        return text
    }

    /// How the documented file names its responder, and how it names `responder`.
    private func responderText(_ responder: FastCGIAddress) -> (documented: String, replacement: String) {
        let socket = "/run/recado/recado.sock"
        return switch (self, responder) {
        case (_, .unixSocket(let path)): (socket, path)
        case (.nginx, .port(let port)): ("unix:\(socket)", "127.0.0.1:\(port)")
        case (.apache, .port(let port)): ("unix:\(socket)|fcgi://recado/", "fcgi://127.0.0.1:\(port)/")
        case (.lighttpd, .port(let port)):
            ("\"socket\" => \"\(socket)\"", "\"host\" => \"127.0.0.1\", \"port\" => \(port)")
        case (.caddy, .port(let port)): ("unix/\(socket)", "127.0.0.1:\(port)")
        }
    }
}
