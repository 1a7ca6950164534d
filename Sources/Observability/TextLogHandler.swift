public import Logging

/// Writes each message as one line for people:
/// `2026-03-01T08:15:30.042Z info     Delivered event.id=42 listener=email`.
public struct TextLogHandler: LogHandler {
    public var logLevel: Logger.Level
    public var metadata: Logger.Metadata = [:]
    public var metadataProvider: Logger.MetadataProvider?

    private let output: LogOutput
    private let isColoured: Bool

    /// - Parameter isColoured: whether levels are coloured by ANSI sequences.
    public init(level: Logger.Level, isColoured: Bool, output: LogOutput = .standardError) {
        self.output = output
        self.isColoured = isColoured
        logLevel = level
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        let name = event.level.rawValue
        let level = name + String(repeating: " ", count: max(0, 8 - name.utf8.count))
        var line = "\(LogTime.now()) \(isColoured ? coloured(level, event.level) : level) "
        line += SafeText.line("\(event.message)")
        let error: Logger.Metadata? = event.error.map { [LogKeys.error: "\($0)"] }
        for (name, value) in LogMetadata.flattened(metadata, metadataProvider?.get(), error, event.metadata) {
            let field = "\(SafeText.value(name))=\(SafeText.value(value))"
            line += isColoured ? " \u{1B}[2m\(field)\u{1B}[0m" : " \(field)"
        }
        output.write(line + "\n")
    }

    private func coloured(_ text: String, _ level: Logger.Level) -> String {
        let code =
            switch level {
            case .trace, .debug: "2"
            case .info: "32"
            case .notice: "36"
            case .warning: "33"
            case .error: "31"
            case .critical: "1;31"
            }
        return "\u{1B}[\(code)m\(text)\u{1B}[0m"
    }
}
