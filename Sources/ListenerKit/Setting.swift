/// One setting of a transport.
public struct Setting: Sendable, Equatable {
    /// What values it takes.
    public enum Kind: Sendable, Equatable {
        case string
        /// A file or folder. A relative path starts from the folder of the configuration file.
        case path
        /// An integer within the bounds.
        case integer(ClosedRange<Int>)
        case boolean
        /// A duration such as `100ms`, `30s`, `2m`, `1h` within the bounds.
        case duration(ClosedRange<Duration>)
        /// An absolute `http://` or `https://` address.
        case url
        /// One of the words.
        case choice([String])
        /// A list of strings. A single string is taken as a list of one.
        case list
        /// A mapping of strings to strings.
        case map
    }

    /// What a time limit may be. Much longer ones are mistakes, and libcurl takes seconds up to a 32-bit number of milliseconds.
    public static let timeLimits = Duration.milliseconds(1)...Duration.seconds(86_400)

    public let name: String
    public let kind: Kind
    /// The value where the configuration gives none, in the configuration's own notation; nil where it stays unset.
    public let defaultValue: String?
    public let isRequired: Bool
    /// Never logged nor shown; may be given by `${VARIABLE}` or as `<name>_file`.
    public let isSecret: Bool
    /// What it does, in one sentence, with the unit where there is one.
    public let summary: String

    public init(
        _ name: String,
        _ kind: Kind,
        default defaultValue: String? = nil,
        isRequired: Bool = false,
        isSecret: Bool = false,
        _ summary: String
    ) {
        self.name = name
        self.kind = kind
        self.defaultValue = defaultValue
        self.isRequired = isRequired
        self.isSecret = isSecret
        self.summary = summary
    }
}

/// Settings that cannot work together, found when a listener is made.
public struct SettingError: Error, Sendable, CustomStringConvertible {
    /// The setting to look at.
    public let setting: String
    public let message: String

    public init(_ setting: String, _ message: String) {
        self.setting = setting
        self.message = message
    }

    public var description: String { "\(setting): \(message)" }
}
