import Glibc

/// Finds and reads the configuration file.
public enum ConfigurationFile {
    /// The largest file that is read, in bytes.
    public static let maximumSize = 1 << 20

    /// Where the file is: `explicit` (from `--config`), else the variable `RECADO_CONFIG`, else the first that there is of
    /// `config/recado.yaml` here, `config/recado.yaml` beside or above the executable, and `/etc/recado/recado.yaml`.
    ///
    /// - Parameter executable: the path of the running program.
    /// - Throws: ``ConfigurationError`` naming the places that were looked at.
    public static func find(
        explicit: String? = nil, environment: [String: String], executable: String? = runningExecutable()
    ) throws(ConfigurationError) -> String {
        if let explicit {
            guard exists(explicit) else { throw ConfigurationError("there is no configuration file \(explicit)") }
            return explicit
        }
        if let path = environment["RECADO_CONFIG"], !path.isEmpty {
            guard exists(path) else {
                throw ConfigurationError("there is no configuration file \(path), which RECADO_CONFIG names")
            }
            return path
        }
        let candidates = candidates(executable: executable)
        guard let path = candidates.first(where: exists) else {
            throw ConfigurationError(
                "there is no configuration file; looked for \(candidates.joined(separator: ", ")). "
                    + "Name one by --config or RECADO_CONFIG")
        }
        return path
    }

    /// The path of the running program; nil where /proc does not say.
    public static func runningExecutable() -> String? {
        guard let path = realpath("/proc/self/exe", nil) else { return nil }
        defer { free(path) }
        return String(cString: path)
    }

    /// The folder that `path` is in.
    static func directory(_ path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// `path` itself where it is absolute, else seen from `directory`.
    static func resolve(_ path: String, from directory: String) -> String {
        path.hasPrefix("/") || directory == "." ? path : "\(directory)/\(path)"
    }

    /// The whole text of a file, and whether everybody on the machine may read it.
    ///
    /// - Throws: ``ConfigurationError`` where it cannot be read, is too large or is not UTF-8.
    static func contents(_ path: String) throws(ConfigurationError) -> (text: String, isWorldReadable: Bool) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw ConfigurationError("cannot read \(path): \(reason(errno))") }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw ConfigurationError("cannot read \(path): \(reason(errno))") }
        guard status.st_mode & S_IFMT != S_IFDIR else { throw ConfigurationError("\(path) is a directory, not a file") }
        var bytes: [UInt8] = []
        while bytes.count <= maximumSize {
            var chunk = [UInt8](repeating: 0, count: 65_536)
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw ConfigurationError("cannot read \(path): \(reason(errno))") }
            if count == 0 { break }
            bytes += chunk[..<count]
        }
        guard bytes.count <= maximumSize else { throw ConfigurationError("\(path) is larger than 1 MiB") }
        // A byte order mark, as some editors write it, is no part of a secret.
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ConfigurationError("\(path) is not UTF-8 text")
        }
        return (text, status.st_mode & S_IROTH != 0)
    }

    private static func candidates(executable: String?) -> [String] {
        var candidates = ["config/recado.yaml"]
        var folder = executable.map(directory)
        while let current = folder, current.hasPrefix("/") {
            candidates.append(current == "/" ? "/config/recado.yaml" : "\(current)/config/recado.yaml")
            folder = current == "/" ? nil : directory(current)
        }
        return candidates + ["/etc/recado/recado.yaml"]
    }

    private static func exists(_ path: String) -> Bool {
        access(path, F_OK) == 0
    }

    private static func reason(_ code: Int32) -> String {
        String(cString: strerror(code))
    }
}
