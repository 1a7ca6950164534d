DROP TABLE IF EXISTS {prefix}instance_event_sequence;
DROP TABLE IF EXISTS {prefix}event_delivery;
DROP TABLE IF EXISTS {prefix}event_lane;
DROP TABLE IF EXISTS {prefix}event_routing;
