import Glibc

extension WebServer {
    var programName: String {
        self == .apache ? "apache2" : rawValue
    }

    func arguments(directory: String) -> [String] {
        let file = "\(directory)/server.conf"
        return switch self {
        case .nginx: ["-p", directory, "-e", "\(directory)/error.log", "-c", file]
        case .apache: ["-d", directory, "-f", file, "-D", "FOREGROUND"]
        case .lighttpd: ["-D", "-f", file]
        case .caddy: ["run", "--config", file, "--adapter", "caddyfile"]
        }
    }

    /// A whole configuration around the documented `site`: what a distribution's main file says elsewhere.
    func configuration(site: String, directory: String) -> String {
        switch self {
        case .nginx: Self.nginxConfiguration(site: site, directory: directory)
        case .apache:
            """
            PidFile "\(directory)/httpd.pid"
            ErrorLog "\(directory)/error.log"
            DefaultRuntimeDir "\(directory)"
            ServerName localhost
            \(["mpm_event", "authz_core", "proxy", "proxy_fcgi"].map {
                "LoadModule \($0)_module /usr/lib/apache2/modules/mod_\($0).so"
            }.joined(separator: "\n"))
            \(geteuid() == 0 ? "User www-data\nGroup www-data" : "")
            \(site)
            """
        case .lighttpd:
            """
            server.document-root = "\(directory)"
            server.errorlog = "\(directory)/error.log"
            server.bind = "\(directory)/unused.sock"
            \(site)
            """
        case .caddy:
            """
            {
                admin off
                auto_https off
                storage file_system "\(directory)/storage"
            }
            \(site)
            """
        }
    }

    static func nginxConfiguration(site: String, directory: String) -> String {
        """
        daemon off;
        pid \(directory)/nginx.pid;
        worker_processes 2;
        \(geteuid() == 0 ? "user root;" : "")
        events { worker_connections 2048; }
        http {
            access_log off;
            client_body_temp_path \(directory)/body;
            proxy_temp_path \(directory)/proxy;
            fastcgi_temp_path \(directory)/fastcgi;
            uwsgi_temp_path \(directory)/uwsgi;
            scgi_temp_path \(directory)/scgi;
            \(site)
        }
        """
    }

    /// Lets Apache's user reach a responder of ours: as root, Apache serves as www-data or not at all.
    func admitApache(to responder: FastCGIAddress, and directory: String) throws {
        guard geteuid() == 0, case .unixSocket(let path) = responder else { return }
        guard let user = getpwnam("www-data") else { throw ServerError("There is no user www-data for Apache.") }
        let parent = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        guard chown(path, user.pointee.pw_uid, user.pointee.pw_gid) == 0, chmod(parent, 0o711) == 0,
            chmod(directory, 0o711) == 0
        else {
            throw ServerError("Apache cannot be let in to \(path): \(String(cString: strerror(errno)))")
        }
    }
}
