/// Everything that can be configured, after validation. A new one holds the defaults.
///
/// Keys, environment names, formats and documentation of all values stand in ``ConfigurationKey``'s table, next to the
/// property that each of them fills.
public struct ServerConfiguration: Sendable, Equatable {
    public var database = Database()
    public var server = Server()
    public var worker = Worker()
    public var retention = Retention()
    public var log = Log()
    public var templates = Templates()
    /// Which listeners hear of which event, as it was written. See ``listeners(for:)``.
    public var eventListeners = EventListeners()
    /// The listeners in the order of the file, the disabled ones too.
    public var listeners: [ListenerConfiguration] = []

    /// The file that was read; nil where nothing was.
    public internal(set) var file: String?
    /// What works, but should be looked at.
    public internal(set) var warnings: [ConfigurationProblem] = []
    /// Where each value was written, by its dotted path. What is not in here is a default.
    public internal(set) var places: [String: ConfigurationPlace] = [:]

    public init() {}

    /// The folder of the file, which relative paths in it start from.
    public var directory: String {
        file.map(ConfigurationFile.directory) ?? "."
    }

    /// The sections that are read once, at the start, and say something else in `other`.
    public func sectionsThatDiffer(from other: ServerConfiguration) -> [String] {
        let differ = [
            ("database", database != other.database), ("server", server != other.server),
            ("worker", worker != other.worker), ("retention", retention != other.retention), ("log", log != other.log),
        ]
        return differ.filter(\.1).map(\.0)
    }

    /// The enabled listeners that hear of `event`: its own in the order of the file, then those of all.
    public func listeners(for event: String) -> [ListenerConfiguration] {
        eventListeners.names(for: event)
            .compactMap { name in listeners.first { $0.name == name } }
            .filter(\.isEnabled)
    }
}
