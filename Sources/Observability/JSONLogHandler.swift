import EventModel
public import Logging

/// Writes each message as one line with one JSON object: `time`, `level`, `message`, `logger`, then the metadata, flattened.
///
/// Metadata named like one of those four is written with a `_` before it, so that no message can pose as another.
public struct JSONLogHandler: LogHandler {
    public var logLevel: Logger.Level
    public var metadata: Logger.Metadata = [:]
    public var metadataProvider: Logger.MetadataProvider?

    private static let ownNames: Set<String> = ["time", "level", "message", "logger"]

    private let label: String
    private let output: LogOutput

    public init(label: String, level: Logger.Level, output: LogOutput = .standardError) {
        self.label = label
        self.output = output
        logLevel = level
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        var line = "{\"time\":\"\(LogTime.now())\",\"level\":\"\(event.level.rawValue)\""
        line += ",\"message\":\(JSONText.quoted("\(event.message)")),\"logger\":\(JSONText.quoted(label))"
        let error: Logger.Metadata? = event.error.map { [LogKeys.error: "\($0)"] }
        for (name, value) in LogMetadata.flattened(metadata, metadataProvider?.get(), error, event.metadata) {
            let name = Self.ownNames.contains(name) ? "_\(name)" : name
            line += ",\(JSONText.quoted(name)):\(JSONText.quoted(value))"
        }
        output.write(line + "}\n")
    }
}
