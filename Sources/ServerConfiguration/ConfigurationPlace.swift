/// Where a value was written.
public enum ConfigurationPlace: Sendable, Hashable, CustomStringConvertible {
    /// A character of a file. Line and column count from 1, columns in Unicode scalars.
    case file(String, line: Int, column: Int)
    /// A variable of the process environment.
    case environment(variable: String)
    /// Nowhere: the program's own default.
    case defaults

    /// `config/recado.yaml:12:3`, `environment variable RECADO_LOG_LEVEL` or `default`.
    public var description: String {
        switch self {
        case .file(let path, let line, let column): "\(path):\(line):\(column)"
        case .environment(let variable): "environment variable \(variable)"
        case .defaults: "default"
        }
    }
}
