import Testing

/// The product as its users run it: the built program in processes of its own, among real servers.
///
/// One test at a time: each runs a handful of servers, and most measure time.
@Suite(.serialized, .sharedDatabase, .timeLimit(.minutes(2))) enum EndToEnd {}
