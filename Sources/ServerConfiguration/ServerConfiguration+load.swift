public import ListenerKit

extension ServerConfiguration {
    /// Reads and validates the configuration.
    ///
    /// - Parameters:
    ///   - path: the file; nil looks for one, see ``ConfigurationFile/find(explicit:environment:executable:)``.
    ///   - environment: the process' variables: `RECADO_…` ones win over the file, all of them serve `${VARIABLE}`.
    ///   - transports: the registered transports, whose descriptions the listeners are checked against.
    /// - Throws: ``ConfigurationError`` with everything that is wrong.
    public static func load(
        path: String? = nil, environment: [String: String], transports: [any Transport]
    ) throws(ConfigurationError) -> ServerConfiguration {
        let file = try ConfigurationFile.find(explicit: path, environment: environment)
        let (text, isWorldReadable) = try ConfigurationFile.contents(file)
        return try read(
            text, file: file, isWorldReadable: isWorldReadable, environment: environment, transports: transports)
    }

    /// Reads and validates the text of a configuration file.
    ///
    /// - Parameters:
    ///   - file: the file's path, for messages and for relative paths.
    ///   - isWorldReadable: whether everybody on the machine may read it.
    static func read(
        _ text: String, file: String, isWorldReadable: Bool = false, environment: [String: String],
        transports: [any Transport]
    ) throws(ConfigurationError) -> ServerConfiguration {
        var loader = ConfigurationLoader(
            directory: ConfigurationFile.directory(file), environment: environment, transports: transports)
        let root: WrittenValue?
        do {
            root = try YAMLReader.document(text, file: file, environment: environment, problems: &loader.problems)
        } catch {
            let place = ConfigurationPlace.file(file, line: error.line, column: error.column)
            throw ConfigurationError("this is no YAML: \(error.reason)", at: place)
        }
        guard let root, !root.isNothing else {
            throw ConfigurationError("the file is empty", at: .file(file, line: 1, column: 1))
        }
        loader.configuration.file = file
        loader.load(root)
        guard loader.problems.isEmpty else { throw ConfigurationError(loader.problems) }
        if isWorldReadable, let secret = loader.writtenSecret {
            loader.configuration.warnings.append(
                secret.problem("may hold a secret, and \(file) can be read by everybody on this machine; chmod 640 it"))
        }
        return loader.configuration
    }
}
