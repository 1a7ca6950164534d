import Glibc
public import Logging

/// Sets the process' logging up.
public enum LoggingSetup {
    /// Makes every logger of the process write to standard error. To be called once, first thing in `main`.
    ///
    /// Colours appear where standard error is a terminal and `NO_COLOR` is unset or empty (https://no-color.org).
    public static func bootstrap(level: Logger.Level = .info, format: LogFormat = .auto) {
        let noColour = getenv("NO_COLOR").map { $0.pointee != 0 } ?? false
        LoggingSystem.bootstrap { label in
            handler(label: label, level: level, format: format, noColour: noColour, output: .standardError)
        }
    }

    /// The handler that `format` means for `output`.
    static func handler(
        label: String, level: Logger.Level, format: LogFormat, noColour: Bool, output: LogOutput
    ) -> any LogHandler {
        let isText = format == .text || (format == .auto && output.isTerminal)
        if isText {
            return TextLogHandler(level: level, isColoured: output.isTerminal && !noColour, output: output)
        }
        return JSONLogHandler(label: label, level: level, output: output)
    }
}
