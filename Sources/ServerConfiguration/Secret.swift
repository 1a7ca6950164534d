/// A text that must not be seen: it prints as `***` wherever it is printed, dumped or interpolated.
public struct Secret: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// What stands for every secret.
    public static let mask = "***"

    /// The text itself, for the one place that needs it.
    public let revealed: String

    public init(_ text: String) {
        revealed = text
    }

    public var isEmpty: Bool { revealed.isEmpty }

    public var description: String { Self.mask }

    public var debugDescription: String { Self.mask }

    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
