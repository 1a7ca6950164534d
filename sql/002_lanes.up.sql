-- The routing mutex: whoever locks its one row routes. Beside it, when the tables were last purged, by whichever worker, and how
-- often lanes were removed: a router that remembers lanes forgets them then.
CREATE TABLE IF NOT EXISTS {prefix}event_routing (
    id TINYINT NOT NULL,
    purged_at DATETIME NOT NULL DEFAULT '2000-01-01 00:00:00',
    lane_removals BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (id)
) ENGINE = InnoDB;

INSERT IGNORE INTO {prefix}event_routing (id) VALUES (1);

-- One row per lane. visible_at is at once ready time, end of back-off and end of lease; 9999-12-31 means parked: nothing to do.
-- A lane that is removed and made again has a new id, so (id, epoch) never comes back. turns counts how often deliveries were
-- put in: a holder that has read up to the turn before may take the next ones from the router's hand. lease_mark names the turn of
-- the router that leased the lane to its own worker last.
CREATE TABLE IF NOT EXISTS {prefix}event_lane (
    id BIGINT NOT NULL AUTO_INCREMENT,
    listener VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    lane_key VARCHAR(200) NOT NULL,
    visible_at DATETIME(6) NOT NULL,
    epoch BIGINT NOT NULL DEFAULT 0,
    turns BIGINT NOT NULL DEFAULT 0,
    lease_mark BIGINT NOT NULL DEFAULT 0,
    owner BIGINT NOT NULL DEFAULT 0,
    in_flight_through BIGINT NOT NULL DEFAULT 0,
    suspect_through BIGINT NOT NULL DEFAULT 0,
    active_at DATETIME NOT NULL DEFAULT (UTC_TIMESTAMP()),
    PRIMARY KEY (id),
    KEY event_lane_claim (listener, visible_at, id),
    KEY event_lane_key (lane_key, listener)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

-- The open deliveries of a lane, in event order; gone once settled.
CREATE TABLE IF NOT EXISTS {prefix}event_delivery (
    lane_id BIGINT NOT NULL,
    event_id BIGINT NOT NULL,
    attempts SMALLINT NOT NULL DEFAULT 0,
    PRIMARY KEY (lane_id, event_id)
) ENGINE = InnoDB;

CREATE TABLE IF NOT EXISTS {prefix}instance_event_sequence (
    instance VARCHAR(191) NOT NULL,
    current_sequence BIGINT NOT NULL DEFAULT 0,
    last_event_at DATETIME(3) NOT NULL DEFAULT (UTC_TIMESTAMP(3)),
    PRIMARY KEY (instance)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
