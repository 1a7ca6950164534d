/// Where the repository's files are, for servers that run its scripts and its documented configuration.
public enum RepositoryFiles {
    /// The repository's root.
    public static let root: String = {
        let parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        return parts.dropLast(3).joined(separator: "/")
    }()

    static func script(_ name: String) -> String {
        "\(root)/Tests/TestServers/Scripts/\(name)"
    }
}
