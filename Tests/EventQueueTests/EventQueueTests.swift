import QueueFixtures
import Testing

/// The queue's tables and statements against a real server.
@Suite(.database, .timeLimit(.minutes(2))) struct EventQueueTests {}
