import ListenerKit

/// Reads a whole configuration and gathers everything that is wrong with it.
struct ConfigurationLoader {
    /// Relative paths start from here.
    let directory: String
    let transports: [any Transport]
    var variables: EnvironmentVariables
    var configuration = ServerConfiguration()
    var problems: [ConfigurationProblem] = []
    /// The first secret that stands in the file itself.
    private(set) var writtenSecret: WrittenValue?

    init(directory: String, environment: [String: String], transports: [any Transport]) {
        self.directory = directory
        self.transports = transports
        variables = EnvironmentVariables(environment)
    }

    /// Fills ``configuration`` from the file's root and the environment.
    mutating func load(_ root: WrittenValue) {
        guard case .mapping(let entries) = root.content else {
            problems.append(root.problem("the file must be a mapping of keys, but is \(root.noun)"))
            return
        }
        let sections = ConfigurationKey.sections.map(\.name) + ["event_listeners", "listeners"]
        for entry in entries where !sections.contains(entry.name) {
            problems.append(.unknown(entry, in: "", among: sections))
        }
        for section in ConfigurationKey.sections.map(\.name) {
            read(ConfigurationKey.all.filter { $0.section == section }, in: members(of: section, in: entries), section)
        }
        read(ConfigurationKey.all.filter(\.section.isEmpty), in: entries, nil)
        let listeners = members(of: "listeners", in: entries)
        readListeners(listeners)
        problems += variables.unknown()
        problems += configuration.brokenRules(listenerNames: listeners.map(\.name))
        resolvePaths()
    }

    /// Relative paths start from the folder of the file: processes that read it are started in different ones.
    private mutating func resolvePaths() {
        func resolved(_ path: String) -> String { ConfigurationFile.resolve(path, from: directory) }
        configuration.templates.directory = resolved(configuration.templates.directory)
        configuration.worker.runtimeDirectory = configuration.worker.runtimeDirectory.map(resolved)
        configuration.database.socket = configuration.database.socket.map(resolved)
    }

    /// What stands under `section`; nothing where it is absent or not a mapping.
    private mutating func members(of section: String, in entries: [WrittenValue.Entry]) -> [WrittenValue.Entry] {
        guard let value = entries.first(where: { $0.name == section })?.value else { return [] }
        return members(of: value) ?? []
    }

    /// What stands under a key that must hold others; nil after adding a problem.
    mutating func members(of value: WrittenValue) -> [WrittenValue.Entry]? {
        switch value.content {
        case .nothing: return []
        case .mapping(let entries): return entries
        case .scalar, .list:
            problems.append(value.problem("must be a mapping of keys, but is \(value.noun)"))
            return nil
        }
    }

    /// Reads `keys` out of `entries`, the members of `section`; nil stands for the top level, which others look at too.
    private mutating func read(_ keys: [ConfigurationKey], in entries: [WrittenValue.Entry], _ section: String?) {
        for key in keys {
            guard var value = value(key.name, key: key.path, isSecret: key.isSecret, in: entries) else { continue }
            if let member = key.secretMember { value = withSecrets(from: member, in: value) }
            key.assign(value, &configuration, &problems)
        }
        guard let section else { return }
        let names = keys.flatMap { $0.isSecret ? [$0.name, $0.name + "_file"] : [$0.name] }
        for entry in entries where !names.contains(entry.name) {
            let elsewhere = ConfigurationKey.all.first { $0.name == entry.name }?.path
            let nearest = EditDistance.nearest(to: entry.name, among: names)
            problems.append(
                ConfigurationProblem(
                    place: entry.place, key: "\(section).\(entry.name)", message: "unknown key",
                    suggestion: nearest ?? elsewhere))
        }
    }

    /// What was written for one key: the environment wins over the file; a secret may stand in a file of its own.
    ///
    /// - Returns: nil where the default applies.
    mutating func value(
        _ name: String, key: String, isSecret: Bool, in entries: [WrittenValue.Entry]
    ) -> WrittenValue? {
        let inFile = entries.first { $0.name == name }?.value
        var candidates = [(variables.value(of: key, problems: &problems), inFile)]
        if isSecret {
            let fileKey = key + "_file"
            let fileInFile = entries.first { $0.name == name + "_file" }?.value
            candidates.append((variables.value(of: fileKey, problems: &problems), fileInFile))
        }
        // First the environment's pair of value and file, then the configuration file's.
        for pair in [candidates.map(\.0), candidates.map(\.1)] {
            let given = pair.map { $0.flatMap { $0.isNothing ? nil : $0 } }
            guard let value = given.compactMap({ $0 }).first else { continue }
            configuration.places[key] = value.place
            if given.count == 2, let path = given[1] {
                if given[0] != nil {
                    problems.append(path.problem("\(name) is given too; keep one of them"))
                    return nil
                }
                return secret(key: key, path: path)
            }
            guard isSecret else { return value }
            note(secret: value)
            return value.concealed()
        }
        return nil
    }

    private mutating func note(secret: WrittenValue) {
        if secret.isInFile, secret.isLiteral { writtenSecret = writtenSecret ?? secret }
    }

    /// Reads the secret out of the file that `path` names. One newline at its end does not belong to it.
    private mutating func secret(key: String, path: WrittenValue) -> WrittenValue? {
        guard let name = ValueFormat<String>.text.read(path, &problems) else { return nil }
        do {
            let (text, isWorldReadable) = try ConfigurationFile.contents(
                ConfigurationFile.resolve(name, from: directory))
            if isWorldReadable {
                configuration.warnings.append(
                    path.problem("\(name) can be read by everybody on this machine; chmod 640 it"))
            }
            var secret = text
            if secret.last?.isNewline == true { secret.removeLast() }
            return WrittenValue(key: key, place: path.place, content: .scalar(text: secret, shown: Secret.mask))
        } catch {
            problems += error.problems.map { path.problem($0.message) }
            return nil
        }
    }

    /// `list` with `<member>_file` of each element replaced by what the file holds.
    private mutating func withSecrets(from member: String, in list: WrittenValue) -> WrittenValue {
        // Whoever reads the list reports what is wrong with it.
        var reportedLater: [ConfigurationProblem] = []
        guard let unfolded = list.unfolded(&reportedLater), case .list(let elements) = unfolded.content else {
            return list
        }
        let resolved = elements.map { element -> WrittenValue in
            guard case .mapping(var entries) = element.content else { return element }
            if let written = entries.first(where: { $0.name == member }) { note(secret: written.value) }
            guard let index = entries.firstIndex(where: { $0.name == member + "_file" }) else { return element }
            if entries.contains(where: { $0.name == member }) {
                problems.append(entries[index].value.problem("\(member) is given too; keep one of them"))
            }
            if let secret = secret(key: "\(element.key).\(member)", path: entries[index].value) {
                entries[index] = WrittenValue.Entry(name: member, place: entries[index].place, value: secret)
            } else {
                entries.remove(at: index)
            }
            return WrittenValue(key: element.key, place: element.place, content: .mapping(entries))
        }
        return WrittenValue(key: list.key, place: list.place, content: .list(resolved))
    }
}
