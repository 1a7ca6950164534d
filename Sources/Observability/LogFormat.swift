/// How log messages are written. The words are those of `log.format`.
public enum LogFormat: String, Sendable, CaseIterable {
    /// Text on a terminal, JSON elsewhere.
    case auto
    /// One line for people.
    case text
    /// One JSON object a line for machines.
    case json
}
