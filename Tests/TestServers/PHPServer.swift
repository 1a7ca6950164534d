import FoundationEssentials
import Glibc
import PrivateDatabase

/// A PHP site as a host app has it: nginx, php-fpm, and a directory of scripts.
public enum PHPServer {
    /// Starts php-fpm and nginx on `documentRoot`, runs `body`, and stops them.
    ///
    /// - Parameters:
    ///   - documentRoot: Where `/page.php` is `page.php`.
    ///   - children: How many requests php-fpm serves at once.
    ///   - environment: Variables that the scripts see with `getenv`.
    public static func with<Result>(
        documentRoot: String, children: Int = 4, environment: [String: String] = [:],
        isolation: isolated (any Actor)? = #isolation, _ body: (RunningWebServer) async throws -> Result
    ) async throws -> Result {
        guard let fpm = ProgramSearch.path(ofAny: "php-fpm", "php-fpm8.2", "php-fpm8.3", "php-fpm8.4"),
            let nginx = ProgramSearch.path(ofAny: "nginx")
        else { throw ServerError("php-fpm or nginx is not installed.") }
        return try await withTemporaryDirectory { directory in
            let socket = "\(directory)/php.sock"
            try poolConfiguration(directory: directory, socket: socket, children: children)
                .write(toFile: "\(directory)/php-fpm.conf", atomically: false, encoding: .utf8)
            var arguments = ["--nodaemonize", "--fpm-config", "\(directory)/php-fpm.conf"]
            if geteuid() == 0 { arguments.append("--allow-to-run-as-root") }
            let pool = ChildProcess.Command(
                fpm, arguments, environment: environment, outputPath: "\(directory)/php-fpm.log")
            return try await RunningProgram.with(pool, isReady: { access(socket, F_OK) == 0 }) { _ in
                let port = try Loopback.freePort()
                let site = site(port: port, socket: socket, documentRoot: documentRoot)
                try WebServer.nginxConfiguration(site: site, directory: directory)
                    .write(toFile: "\(directory)/server.conf", atomically: false, encoding: .utf8)
                let server = ChildProcess.Command(
                    nginx, WebServer.nginx.arguments(directory: directory), outputPath: "\(directory)/output.log")
                return try await RunningProgram.with(
                    server, logs: ["\(directory)/error.log"], isReady: { Loopback.isListening(on: port) }
                ) { child in
                    try await body(RunningWebServer(port: port, processID: child.processID, directory: directory))
                }
            }
        }
    }

    private static func poolConfiguration(directory: String, socket: String, children: Int) -> String {
        """
        [global]
        error_log = \(directory)/php-fpm.log
        [www]
        listen = \(socket)
        \(geteuid() == 0 ? "user = root\ngroup = root" : "")
        pm = static
        pm.max_children = \(children)
        clear_env = no
        catch_workers_output = yes
        """
    }

    private static func site(port: Int, socket: String, documentRoot: String) -> String {
        """
        server {
            listen 127.0.0.1:\(port);
            root \(documentRoot);
            client_max_body_size 8m;
            location ~ \\.php$ {
                include /etc/nginx/fastcgi_params;
                fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;
                fastcgi_pass unix:\(socket);
            }
        }
        """
    }
}
