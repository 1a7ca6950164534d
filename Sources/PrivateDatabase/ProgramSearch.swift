import Glibc

/// Finds installed programs.
package enum ProgramSearch {
    /// Where Debian keeps servers; an ordinary user's PATH leaves these out.
    private static let serverDirectories = ["/usr/sbin", "/usr/local/sbin", "/usr/bin", "/usr/local/bin"]

    /// The path of the first of `names` that is installed, looked for in PATH and then where servers are kept.
    package static func path(ofAny names: String...) -> String? {
        let path = getenv("PATH").map { String(cString: $0) } ?? ""
        let directories = path.split(separator: ":").map(String.init) + serverDirectories
        for name in names {
            for directory in directories where access("\(directory)/\(name)", X_OK) == 0 {
                return "\(directory)/\(name)"
            }
        }
        return nil
    }
}
