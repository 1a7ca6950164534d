DROP TABLE IF EXISTS {prefix}event_dedup;
DROP TABLE IF EXISTS {prefix}event_queue;
