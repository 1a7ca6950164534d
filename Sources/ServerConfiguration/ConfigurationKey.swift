/// One key of the configuration: what drives reading, environment names, validation, rendering and documentation.
struct ConfigurationKey: Sendable {
    /// The dotted path, such as `database.host`.
    let path: String
    /// What values it takes, in Markdown.
    let format: String
    /// Never shown; may be given as `<key>_file`.
    let isSecret: Bool
    /// The member of this key's list elements that is a secret and may be given as `<member>_file`.
    let secretMember: String?
    /// What it does, in one sentence, in Markdown.
    let summary: String
    /// Puts what was written into the configuration, or adds a problem.
    let assign: @Sendable (WrittenValue, inout ServerConfiguration, inout [ConfigurationProblem]) -> Void
    /// The value as the file writes it, secrets masked; nil where it is unset.
    let written: @Sendable (ServerConfiguration) -> String?

    init<Value: Sendable>(
        _ path: String,
        _ format: ValueFormat<Value>,
        _ property: any WritableKeyPath<ServerConfiguration, Value> & Sendable,
        isSecret: Bool = false,
        secretMember: String? = nil,
        _ summary: String
    ) {
        self.path = path
        self.format = format.summary
        self.isSecret = isSecret
        self.secretMember = secretMember
        self.summary = summary
        assign = { value, configuration, problems in
            if let value = format.read(value, &problems) { configuration[keyPath: property] = value }
        }
        written = { format.write($0[keyPath: property]) }
    }

    /// The part before the dot; empty at the top level.
    var section: String {
        path.firstIndex(of: ".").map { String(path[..<$0]) } ?? ""
    }

    /// The part after the dot.
    var name: String {
        path.firstIndex(of: ".").map { String(path[path.index(after: $0)...]) } ?? path
    }

    /// The default as the file writes it; nil where there is none.
    var defaultText: String? {
        written(ServerConfiguration())
    }
}
