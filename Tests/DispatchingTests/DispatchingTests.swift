import QueueFixtures
import Testing

/// What dispatch and dispatch_sync do, whatever the wire, against a real server.
@Suite(.database, .timeLimit(.minutes(2))) struct DispatchingTests {}
