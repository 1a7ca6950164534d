import QueueFixtures
import Testing

/// The worker against a real server, with listeners in memory.
@Suite(.database, .timeLimit(.minutes(3))) struct EventWorkerTests {}
