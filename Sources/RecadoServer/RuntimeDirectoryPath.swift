import ServerConfiguration

enum RuntimeDirectoryPath {
    /// The folder of all installations of this host and user.
    static func base(for configuration: ServerConfiguration) -> String {
        RuntimeDirectory.path(
            configured: configuration.worker.runtimeDirectory, environment: Installation.environment())
    }
}
