-- What the app dispatches. A bare INSERT of event_name and payload, inside any transaction, is a complete dispatch.
-- Columns that the worker sets on every event have a fixed width and a default: a row that grows is a page rewritten.
CREATE TABLE IF NOT EXISTS {prefix}event_queue (
    id BIGINT NOT NULL AUTO_INCREMENT,
    event_name VARCHAR(100) NOT NULL,
    payload LONGTEXT NOT NULL,
    status ENUM('pending', 'scheduled', 'processing', 'processed', 'failed') NOT NULL DEFAULT 'pending',
    attempts INT NOT NULL DEFAULT 0,
    max_attempts INT NOT NULL DEFAULT 3,
    error_message TEXT NULL,
    scheduled_at DATETIME(3) NULL,
    create_datetime DATETIME(3) NOT NULL DEFAULT (UTC_TIMESTAMP(3)),
    update_datetime DATETIME(3) NOT NULL DEFAULT (UTC_TIMESTAMP(3)),
    processed_at DATETIME(3) AS (IF(status = 'processed', update_datetime, NULL)) VIRTUAL,
    uuid CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT (UUID()),
    request_id VARCHAR(128) NULL,
    instance VARCHAR(191) NULL,
    tenant_id VARCHAR(191) NULL,
    ordering_key VARCHAR(191) NULL,
    sequence_number BIGINT NOT NULL DEFAULT 0,
    source VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'sql',
    open_deliveries SMALLINT NOT NULL DEFAULT 0,
    dead_deliveries SMALLINT NOT NULL DEFAULT 0,
    PRIMARY KEY (id),
    KEY event_queue_status (status, id),
    KEY event_queue_scheduled_at (scheduled_at, id),
    KEY event_queue_uuid (uuid)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

-- An idempotency key that was used, and for what.
CREATE TABLE IF NOT EXISTS {prefix}event_dedup (
    tenant_id VARCHAR(191) NOT NULL,
    idempotency_key VARCHAR(191) NOT NULL,
    uuid CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    request_hash CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    create_datetime DATETIME(3) NOT NULL DEFAULT (UTC_TIMESTAMP(3)),
    PRIMARY KEY (tenant_id, idempotency_key),
    KEY event_dedup_create_datetime (create_datetime)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
