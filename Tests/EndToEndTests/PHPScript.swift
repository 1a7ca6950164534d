import FoundationEssentials
import TestServers

/// PHP as an app runs it, with Recado's client and library for CodeIgniter loaded.
enum PHPScript {
    /// The variables by which the library finds Recado.
    static func environment(_ url: String) -> [String: String] {
        ["RECADO_URL": url, "RECADO_KEY": Site.key]
    }

    /// A whole script around `body`.
    static func page(_ body: String) -> String {
        """
        <?php
        declare(strict_types=1);
        require '\(RepositoryFiles.root)/clients/php/src/autoload.php';
        require '\(RepositoryFiles.root)/clients/php/codeigniter/Event_dispatcher.php';
        \(body)
        """
    }

    /// Runs `body` by php-cli and returns what it printed, its errors included.
    static func run(_ body: String, at url: String) async throws -> String {
        try await withTemporaryDirectory { directory in
            let path = "\(directory)/script.php"
            try page(body).write(toFile: path, atomically: false, encoding: .utf8)
            let program = try await FinishedProgram.run(
                "php", ["-d", "display_errors=stderr", "-d", "error_log=\(directory)/log", path],
                environment: environment(url))
            guard program.status == 0 else { throw ServerError("php ended with \(program.status): \(program.output)") }
            return program.output
        }
    }
}
