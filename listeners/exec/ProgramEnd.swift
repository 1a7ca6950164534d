import Subprocess

/// How a program ended.
struct ProgramEnd: Sendable {
    let status: TerminationStatus
    /// The last that it said on its standard error, fit for a message.
    let complaint: String
}
