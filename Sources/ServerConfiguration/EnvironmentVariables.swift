/// The `RECADO_…` variables: which of them mean a key, and which mean nothing.
struct EnvironmentVariables: Sendable {
    /// Not keys: the one that names the file, those that clients read, and those that the exec listener sets for its children.
    static let reserved: Set<String> = [
        "RECADO_CONFIG", "RECADO_KEY", "RECADO_URL", "RECADO_ATTEMPT", "RECADO_DELIVERY_ID", "RECADO_EVENT",
        "RECADO_EVENT_ID", "RECADO_INSTANCE", "RECADO_MAX_ATTEMPTS", "RECADO_REQUEST_ID", "RECADO_SEQUENCE",
        "RECADO_TENANT",
    ]

    private let environment: [String: String]
    /// The key that each known variable stands for.
    private var keys: [String: String] = [:]

    init(_ environment: [String: String]) {
        self.environment = environment
    }

    /// The variable of a key: `database.socket` is `RECADO_DATABASE_SOCKET`.
    static func name(of key: String) -> String {
        "RECADO_" + String(key.map { $0 == "." || $0 == "-" ? "_" : $0 }).uppercased()
    }

    /// Takes the variable of `key` for known and reads it. A blank one counts as not set.
    mutating func value(of key: String, problems: inout [ConfigurationProblem]) -> WrittenValue? {
        let name = Self.name(of: key)
        let other = keys.updateValue(key, forKey: name)
        guard let text = environment[name], text.contains(where: { !$0.isWhitespace }) else { return nil }
        let place = ConfigurationPlace.environment(variable: name)
        if let other, other != key {
            problems.append(
                ConfigurationProblem(
                    place: place, key: key,
                    message: "the variable could also mean \(other); rename one of the listeners"))
        }
        return WrittenValue(key: key, place: place, content: .scalar(text: text, shown: text))
    }

    /// Names the `RECADO_…` variables that are set and mean nothing. To be called once all keys are known.
    func unknown() -> [ConfigurationProblem] {
        environment.keys
            .filter { $0.hasPrefix("RECADO_") && keys[$0] == nil && !Self.reserved.contains($0) }
            .sorted()
            .map { name in
                ConfigurationProblem(
                    place: .environment(variable: name), key: "", message: "stands for no key",
                    suggestion: EditDistance.nearest(to: name, among: keys.keys.sorted()))
            }
    }
}
