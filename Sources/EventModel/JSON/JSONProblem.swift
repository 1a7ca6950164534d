/// Why bytes are not JSON, and where.
public struct JSONProblem: Error, Sendable, Equatable, CustomStringConvertible {
    /// The offset of the first byte that cannot be, from 0.
    public let offset: Int
    public let message: String

    public init(offset: Int, message: String) {
        self.offset = offset
        self.message = message
    }

    public var description: String { "\(message) at byte \(offset)" }
}
