import Glibc
import ListenerKit
import Testing

@testable import ServerConfiguration

@Suite("Reading")
struct ReadingTests {
    @Test("a file with one key leaves everything else at its default")
    func defaults() throws {
        let loaded = try configuration("log:\n  level: debug\n")
        var expected = ServerConfiguration()
        expected.log.level = .debug
        #expect(loaded.database == expected.database)
        #expect(loaded.server == expected.server)
        #expect(loaded.worker == expected.worker)
        #expect(loaded.retention == expected.retention)
        #expect(loaded.log == expected.log)
        #expect(loaded.listeners.isEmpty)
    }

    @Test("values of every kind are read")
    func kinds() throws {
        let loaded = try configuration(
            """
            database: {port: 3307, socket: /run/mysqld.sock, password: 0123, table_prefix: ea_, tls: verify}
            server:
              fastcgi: off
              http: "[::1]:8080"
              socket_mode: 0666
              max_body: 2MiB
              keys:
                - {name: app, key: 0123456789abcdef}
                - {name: boss, key: 0123456789abcdeg, purposes: [read, admin], tenant: "a, b"}
            worker: {retry_delays: "0s, 1m", jitter: 0.25, poll_interval: 2s, runtime_directory: /run/r}
            retention: {processed: 0}
            """)
        #expect(loaded.database.port == 3307)
        #expect(loaded.database.socket == "/run/mysqld.sock")
        #expect(loaded.database.password.revealed == "0123")
        #expect(loaded.database.tablePrefix == "ea_")
        #expect(loaded.database.tls == .verify)
        #expect(loaded.server.fastCGI == nil)
        #expect(loaded.server.http == .tcp(host: "::1", port: 8080))
        #expect(loaded.server.socketMode == 0o666)
        #expect(loaded.server.maxBody == 2 << 20)
        #expect(loaded.server.keys.map(\.name) == ["app", "boss"])
        #expect(loaded.server.keys.map(\.purposes) == [[.dispatch], [.read, .admin]])
        #expect(loaded.server.keys.map(\.tenant) == [nil, "a, b"])
        #expect(loaded.worker.retryDelays == [.zero, .seconds(60)])
        #expect(loaded.worker.jitter == 0.25)
        #expect(loaded.worker.runtimeDirectory == "/run/r")
        #expect(loaded.retention.processed == .zero)
    }

    @Test("nothing behind a key is its default")
    func nothing() throws {
        let loaded = try configuration("database:\n  host:\n  port: ~\nworker:\nserver: {buffer: null}\n")
        #expect(loaded.database == .init())
        #expect(loaded.server == .init())
    }

    @Test("the environment wins over the file, and a blank variable counts as not set")
    func environment() throws {
        let text = "database: {host: file, port: 1, user: file}\n"
        let loaded = try configuration(
            text,
            [
                "RECADO_DATABASE_HOST": "environment", "RECADO_DATABASE_PORT": " ",
                "RECADO_WORKER_RETRY_DELAYS": "0s,10s",
                "RECADO_SERVER_KEYS": #"[{"name": "app", "key": "0123456789abcdef"}]"#,
                "RECADO_EVENT_LISTENERS": #"{"*": []}"#, "RECADO_DATABASE_PASSWORD": "$literal ${NOT}",
                "RECADO_CONFIG": "x",
                "RECADO_EVENT_ID": "7", "PATH": "/bin",
            ])
        #expect(loaded.database.host == "environment")
        #expect(loaded.database.port == 1)
        #expect(loaded.database.user == "file")
        #expect(loaded.database.password.revealed == "$literal ${NOT}")
        #expect(loaded.worker.retryDelays == [.zero, .seconds(10)])
        #expect(loaded.server.keys.map(\.name) == ["app"])
        #expect(loaded.places["database.host"] == .environment(variable: "RECADO_DATABASE_HOST"))
        #expect(loaded.places["database.user"] == .file("recado.yaml", line: 1, column: 39))
    }

    @Test("every key has a variable of its own")
    func environmentNames() {
        let names = ConfigurationKey.all.map { EnvironmentVariables.name(of: $0.path) }
        #expect(Set(names).count == names.count)
        #expect(EnvironmentVariables.reserved.isDisjoint(with: names))
    }

    @Test("values may hold variables")
    func variables() throws {
        let loaded = try configuration(
            "database: {host: 'db.${DOMAIN}', port: \"${PORT}\", password: pa$$word}",
            ["DOMAIN": "example.com", "PORT": "3309"])
        #expect(loaded.database.host == "db.example.com")
        #expect(loaded.database.port == 3309)
        #expect(loaded.database.password.revealed == "pa$word")
    }

    @Test("a secret may stand in a file of its own, which others should not read")
    func secretFiles() throws {
        try withTemporaryDirectory { directory in
            try write("hush\n\n", to: "\(directory)/closed")
            try write("0123456789abcdef\n", to: "\(directory)/open", mode: 0o644)
            try write("one\r\ntwo\n", to: "\(directory)/list")
            try write("Authorization: Bearer hush\n", to: "\(directory)/map")
            let text = """
                database: {password_file: closed}
                server: {keys: [{name: app, key_file: open}]}
                listeners:
                  hook: {type: webhook, url: "https://example.com", secret_file: \(directory)/list, tokens_file: map}
                """
            let file = "\(directory)/recado.yaml"
            let loaded = try configuration(text, file: file)
            #expect(loaded.database.password.revealed == "hush\n")
            #expect(loaded.server.keys.first?.key.revealed == "0123456789abcdef")
            #expect(loaded.listeners.first?.settings.list("secret") == ["one", "two"])
            #expect(loaded.listeners.first?.settings.map("tokens") == ["Authorization": "Bearer hush"])
            #expect(
                loaded.warnings.map(\.description) == [
                    "\(file):2:39: server.keys[0].key_file: open can be read by everybody on this machine; chmod 640 it"
                ])
            let overridden = try configuration(text, ["RECADO_DATABASE_PASSWORD": "other"], file: file)
            #expect(overridden.database.password.revealed == "other")
            let fromVariable = try configuration(
                "database: {password: file}", ["RECADO_DATABASE_PASSWORD_FILE": "\(directory)/closed"])
            #expect(fromVariable.database.password.revealed == "hush\n")
        }
    }

    @Test(
        "a secret in a file that everybody may read is pointed out",
        arguments: [
            ("database: {password: hush}", "1:22: database.password: "),
            ("server: {keys: [{name: app, key: 0123456789abcdef}]}", "1:34: server.keys[0].key: "),
            ("database: {password: \"${WORD}\"}", nil), ("log: {level: info}", nil),
        ])
    func writtenSecrets(_ text: String, _ place: String?) throws {
        try withTemporaryDirectory { directory in
            let file = "\(directory)/recado.yaml"
            try write(text, to: file, mode: 0o644)
            let loaded = try ServerConfiguration.load(path: file, environment: ["WORD": "hush"], transports: [])
            let warnings = loaded.warnings.map(\.description)
            #expect(
                warnings
                    == (place.map {
                        [
                            "\(file):\($0)may hold a secret, and \(file) can be read by everybody"
                                + " on this machine; chmod 640 it"
                        ]
                    } ?? []))
            chmod(file, 0o640)
            #expect(
                try ServerConfiguration.load(path: file, environment: ["WORD": "hush"], transports: []).warnings.isEmpty
            )
        }
    }

    @Test("a byte order mark says nothing")
    func byteOrderMark() throws {
        try withTemporaryDirectory { directory in
            try write("\u{FEFF}log: {level: debug}", to: "\(directory)/recado.yaml")
            let loaded = try ServerConfiguration.load(
                path: "\(directory)/recado.yaml", environment: [:], transports: [])
            #expect(loaded.log.level == .debug)
            try write("\u{FEFF}hush\n", to: "\(directory)/secret", mode: 0o600)
            try write("database: {password_file: secret}", to: "\(directory)/recado.yaml")
            let secret = try ServerConfiguration.load(
                path: "\(directory)/recado.yaml", environment: [:], transports: [])
            #expect(secret.database.password.revealed == "hush")
        }
    }

    @Test("what a reload does not reach is told by its section")
    func sectionsThatDiffer() throws {
        let one = try configuration("log: {level: info}")
        let other = try configuration("log: {level: debug}\nserver: {max_batch: 5}\ntemplates: {directory: /t}")
        #expect(one.sectionsThatDiffer(from: one).isEmpty)
        #expect(one.sectionsThatDiffer(from: other) == ["server", "log"])
    }

    @Test("templates are looked for beside the file")
    func templates() throws {
        let loaded = try configuration("log: {level: info}", file: "/etc/recado/recado.yaml")
        #expect(loaded.templates.directory == "/etc/recado/templates")
        #expect(try configuration("templates: {directory: /t}", file: "/etc/r.yaml").templates.directory == "/t")
    }

    @Test("the runtime directory and the database's socket are, too")
    func otherPaths() throws {
        let loaded = try configuration(
            "{database: {socket: db.sock}, worker: {runtime_directory: run}}", file: "/etc/recado/r.yaml")
        #expect(loaded.database.socket == "/etc/recado/db.sock")
        #expect(loaded.worker.runtimeDirectory == "/etc/recado/run")
    }

    @Test("a listener's path starts from the file's folder", arguments: [("mine", "/etc/recado/mine"), ("/m", "/m")])
    func listenersPath(written: String, resolved: String) throws {
        let loaded = try configuration(
            "listeners: {m: {type: email, host: h, from: a@b.c, templates: \(written)}}", file: "/etc/recado/r.yaml")
        #expect(loaded.listeners.first?.settings.string("templates") == resolved)
    }
}
