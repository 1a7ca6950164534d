DROP TABLE IF EXISTS {prefix}event_worker;
DROP TABLE IF EXISTS {prefix}event_dlq;
DROP TABLE IF EXISTS {prefix}delivery_attempt;
