/// One thing that is wrong with the configuration, told so that it can be mended without reading code.
public struct ConfigurationProblem: Sendable, Equatable, CustomStringConvertible {
    /// Where to look.
    public let place: ConfigurationPlace
    /// The dotted path of the key, for example `listeners.mail.host`; empty where the whole file is meant.
    public let key: String
    /// What is wrong. Never holds a secret.
    public let message: String
    /// What was probably meant.
    public let suggestion: String?

    public init(place: ConfigurationPlace, key: String, message: String, suggestion: String? = nil) {
        self.place = place
        self.key = key
        self.message = message
        self.suggestion = suggestion
    }

    /// One line, such as `config/recado.yaml:12:3: listeners.mail.tpye: unknown key; did you mean "type"?`.
    public var description: String {
        var text = place == .defaults ? "" : "\(place): "
        if !key.isEmpty { text += "\(key): " }
        text += message
        if let suggestion { text += "; did you mean \"\(suggestion)\"?" }
        return text
    }
}
