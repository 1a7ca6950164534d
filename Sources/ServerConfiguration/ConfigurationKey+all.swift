extension ConfigurationKey {
    /// Every key but those under `listeners`, in the order of the documentation.
    static let all =
        database + server + worker + retention + log + templates + [
            ConfigurationKey(
                "event_listeners", .eventListeners, \.eventListeners,
                "Which listeners hear of which event, none waiting for another; `*` stands for every event.")
        ]

    /// The sections in the order of the documentation, and what each is about.
    static let sections: [(name: String, summary: String)] = [
        ("database", "The app's own MariaDB, 10.6 or newer. Recado keeps its tables beside the app's."),
        ("server", "The responder, `recado serve`: where it listens, who may call it and how much it takes."),
        ("worker", "The worker, `recado process_events` from cron or `recado work` as a daemon."),
        ("retention", "How long what is done with is kept. What failed and is unresolved always stays."),
        ("log", "What is written to standard error."),
        ("templates", "The texts of messages."),
    ]

    private static let wait = Duration.milliseconds(100)...Duration.seconds(3600)

    private static let database = [
        ConfigurationKey(
            "database.host", .text, \.database.host,
            "Host name or address; `localhost` is the unix socket that libmariadb knows, whatever `port` says."),
        ConfigurationKey("database.port", .integer(1...65_535), \.database.port, "TCP port."),
        ConfigurationKey(
            "database.socket", .optionalText, \.database.socket, "Path of a unix socket; wins over `host` and `port`."),
        ConfigurationKey(
            "database.name", .text("text", rule: "a database's name", where: { !$0.isEmpty }), \.database.name,
            "The database that holds the tables."),
        ConfigurationKey("database.user", .text, \.database.user, "Whom to log in as."),
        ConfigurationKey(
            "database.password", .secret, \.database.password, isSecret: true, "The user's password."),
        ConfigurationKey(
            "database.table_prefix",
            .text("up to 20 of `A-Z a-z 0-9 _`", rule: "up to 20 letters, digits and underscores") { text in
                text.utf8.count <= 20
                    && text.unicodeScalars.allSatisfy {
                        $0.isASCII && ($0.properties.isAlphabetic || $0.isDigit || $0 == "_")
                    }
            },
            \.database.tablePrefix, "In front of every table's name."),
        ConfigurationKey(
            "database.connect_timeout", .duration(wait), \.database.connectTimeout, "How long connecting may take."),
        ConfigurationKey(
            "database.tls", .word, \.database.tls,
            "`on` encrypts, `verify` also checks the certificate against the host's name."),
    ]

    private static let server = [
        ConfigurationKey(
            "server.fastcgi", .fastCGIAddress, \.server.fastCGI,
            "Where FastCGI is spoken; `inherited` takes the socket that spawn-fcgi, systemd or the web server hands over."
        ),
        ConfigurationKey(
            "server.socket_mode", .fileMode, \.server.socketMode, "Permissions of the FastCGI unix socket."),
        ConfigurationKey(
            "server.socket_group", .optionalText, \.server.socketGroup,
            "Group of the FastCGI unix socket, usually the web server's: `www-data`."),
        ConfigurationKey("server.http", .httpAddress, \.server.http, "Where plain HTTP is spoken."),
        ConfigurationKey(
            "server.keys", .accessKeys, \.server.keys, secretMember: "key",
            """
            Who may call: a `name` for logs, a `key` (or `key_file`) of at least \(AccessKey.minimumLength) characters, \
            `purposes` out of `dispatch`, `read`, `admin` (`[dispatch]` where none are given), and the `tenant` \
            whose events alone it dispatches and reads (everybody's where none is given). \
            Required as soon as another machine can reach the server by TCP.
            """),
        ConfigurationKey(
            "server.max_body", .size(1024...(64 << 20)), \.server.maxBody, "The longest request body."),
        ConfigurationKey(
            "server.max_json_depth", .integer(1...512), \.server.maxJSONDepth, "How deep a payload may nest."),
        ConfigurationKey(
            "server.max_batch", .integer(1...10_000), \.server.maxBatch, "How many events one request may bring."),
        ConfigurationKey(
            "server.buffer", .integer(1...1_000_000), \.server.buffer,
            "How many events may wait for a commit before dispatches are answered 503."),
        ConfigurationKey(
            "server.buffer_bytes", .size((1 << 20)...(4 << 30)), \.server.bufferBytes,
            "How much payload may wait for a commit before dispatches are answered 503."),
        ConfigurationKey(
            "server.sync_timeout", .duration(wait), \.server.syncTimeout,
            "How long `dispatch_sync` waits for its listeners before it answers 202."),
        ConfigurationKey(
            "server.shutdown_grace", .duration(.zero ... .seconds(3600)), \.server.shutdownGrace,
            "How long a stopping server may take to answer what it has accepted."),
        ConfigurationKey(
            "server.readers", .integer(1...64), \.server.readers, "How many threads read large FastCGI requests."),
        ConfigurationKey(
            "server.max_connections", .integer(1...65_536), \.server.maxConnections,
            "How many connections of each wire may be open at once."),
    ]

    private static let worker = [
        ConfigurationKey(
            "worker.batch", .integer(1...10_000), \.worker.batch,
            "How many events are routed, and deliveries settled, in one transaction."),
        ConfigurationKey(
            "worker.max_in_flight", .integer(1...10_000), \.worker.maxInFlight,
            "How many deliveries of one listener may be under way, where the listener does not say."),
        ConfigurationKey(
            "worker.lease", .duration(.seconds(2) ... .seconds(600)), \.worker.lease,
            "How long a worker on another host may be silent before its work is taken over."),
        ConfigurationKey(
            "worker.poll_interval_min", .duration(.milliseconds(1) ... .seconds(60)), \.worker.pollIntervalMin,
            "The shortest wait between two looks at the queue."),
        ConfigurationKey(
            "worker.poll_interval", .duration(.milliseconds(10) ... .seconds(60)), \.worker.pollInterval,
            "The longest wait between two looks at an idle queue."),
        ConfigurationKey(
            "worker.retry_delays", .durations(.zero ... .seconds(7 * 86_400)), \.worker.retryDelays,
            "The waits before the first, second, … attempt of a delivery; the last one repeats."),
        ConfigurationKey(
            "worker.jitter", .fraction, \.worker.jitter, "How much of a wait is left to chance: 0.1 is ten percent."),
        ConfigurationKey(
            "worker.retry_after_max", .duration(.seconds(1) ... .seconds(86_400)), \.worker.retryAfterMax,
            "The longest wait that a receiver may ask for by `Retry-After`."),
        ConfigurationKey(
            "worker.default_max_attempts", .integer(1...100), \.worker.defaultMaxAttempts,
            "How often a delivery is tried, the first try included, where neither event nor listener say."),
        ConfigurationKey(
            "worker.shutdown_grace", .duration(.zero ... .seconds(3600)), \.worker.shutdownGrace,
            "How long a stopping worker may take to finish what is under way."),
        ConfigurationKey(
            "worker.runtime_directory", .optionalText, \.worker.runtimeDirectory,
            "Where workers keep their locks; empty is `/run/recado` where that is writable, else `$TMPDIR/recado-<uid>`."
        ),
        ConfigurationKey(
            "worker.keyless_lanes", .integer(1...64), \.worker.keylessLanes,
            "Over how many lanes the deliveries without an ordering key are spread, per listener."),
    ]

    private static let retention = [
        ConfigurationKey(
            "retention.attempts", .retention, \.retention.attempts, "The history of delivered events."),
        ConfigurationKey("retention.processed", .retention, \.retention.processed, "Processed events."),
        ConfigurationKey(
            "retention.dead_letters", .retention, \.retention.deadLetters,
            "Dead letters that were replayed or discarded."),
        ConfigurationKey(
            "retention.idempotency_keys", .retention, \.retention.idempotencyKeys,
            "How long a repeated dispatch with the same idempotency key is recognised."),
        ConfigurationKey(
            "retention.interval", .duration(.seconds(1) ... .seconds(7 * 86_400)), \.retention.interval,
            "How often old rows are removed."),
    ]

    private static let log = [
        ConfigurationKey("log.level", .word, \.log.level, "The least important messages that are written."),
        ConfigurationKey("log.format", .word, \.log.format, "`auto` is text on a terminal and JSON elsewhere."),
    ]

    private static let templates = [
        ConfigurationKey(
            "templates.directory", .text("path", rule: "a path", where: { !$0.isEmpty }), \.templates.directory,
            "The folder of the templates; a relative path starts from this file's folder.")
    ]
}

extension Unicode.Scalar {
    fileprivate var isDigit: Bool { ("0"..."9").contains(self) }
}
