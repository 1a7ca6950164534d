-- Every attempt that was counted. Append-only; retention removes it.
CREATE TABLE IF NOT EXISTS {prefix}delivery_attempt (
    event_id BIGINT NOT NULL,
    listener VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    finished_at DATETIME(6) NOT NULL DEFAULT (UTC_TIMESTAMP(6)),
    attempt SMALLINT NOT NULL,
    outcome ENUM('delivered', 'retry', 'dead') NOT NULL,
    reason VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
    message VARCHAR(500) NOT NULL DEFAULT '',
    milliseconds INT NOT NULL DEFAULT 0,
    worker BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (event_id, listener, finished_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

-- Dead letters: deliveries that failed for good, with payload and every attempt.
CREATE TABLE IF NOT EXISTS {prefix}event_dlq (
    id BIGINT NOT NULL AUTO_INCREMENT,
    event_id BIGINT NOT NULL,
    uuid CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    listener VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    event_name VARCHAR(100) NOT NULL,
    payload LONGTEXT NOT NULL,
    instance VARCHAR(191) NULL,
    tenant_id VARCHAR(191) NULL,
    ordering_key VARCHAR(191) NULL,
    request_id VARCHAR(128) NULL,
    reason VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    error_message TEXT NOT NULL,
    attempts SMALLINT NOT NULL,
    history LONGTEXT NOT NULL,
    status ENUM('pending', 'replayed', 'discarded') NOT NULL DEFAULT 'pending',
    create_datetime DATETIME(3) NOT NULL DEFAULT (UTC_TIMESTAMP(3)),
    update_datetime DATETIME(3) NOT NULL DEFAULT (UTC_TIMESTAMP(3)),
    PRIMARY KEY (id),
    KEY event_dlq_status (status, id),
    KEY event_dlq_event (event_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

-- Who works here: daemons, cron runs and responders. `owner` of a lane is an id of this table.
CREATE TABLE IF NOT EXISTS {prefix}event_worker (
    id BIGINT NOT NULL AUTO_INCREMENT,
    kind ENUM('daemon', 'cron', 'responder') NOT NULL,
    host VARCHAR(255) NOT NULL,
    pid INT NOT NULL,
    started_at DATETIME(3) NOT NULL DEFAULT (UTC_TIMESTAMP(3)),
    seen_at DATETIME(3) NOT NULL DEFAULT (UTC_TIMESTAMP(3)),
    ended_at DATETIME(3) NULL,
    summary VARCHAR(255) NOT NULL DEFAULT '',
    PRIMARY KEY (id),
    KEY event_worker_seen (seen_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
