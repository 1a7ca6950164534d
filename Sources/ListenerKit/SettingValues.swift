/// A listener's settings after validation: every value has the type that its ``Setting`` names.
///
/// Some are secrets, and only the ``Setting`` says which: none of them shows where the whole is described.
public struct SettingValues: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    public enum Value: Sendable, Equatable {
        case string(String)
        case integer(Int)
        case boolean(Bool)
        case duration(Duration)
        case list([String])
        case map([String: String])
    }

    private let values: [String: Value]

    public var description: String { "settings: \(values.keys.sorted().joined(separator: ", "))" }

    public var debugDescription: String { description }

    public var customMirror: Mirror { Mirror(self, children: [:]) }

    public init(_ values: [String: Value]) {
        self.values = values
    }

    /// A string, address or choice; nil where it is unset.
    public func string(_ name: String) -> String? {
        if case .string(let value) = values[name] { value } else { nil }
    }

    public func integer(_ name: String) -> Int? {
        if case .integer(let value) = values[name] { value } else { nil }
    }

    public func boolean(_ name: String) -> Bool? {
        if case .boolean(let value) = values[name] { value } else { nil }
    }

    public func duration(_ name: String) -> Duration? {
        if case .duration(let value) = values[name] { value } else { nil }
    }

    /// A list; empty where it is unset.
    public func list(_ name: String) -> [String] {
        if case .list(let value) = values[name] { value } else { [] }
    }

    /// A mapping; empty where it is unset.
    public func map(_ name: String) -> [String: String] {
        if case .map(let value) = values[name] { value } else { [:] }
    }
}
