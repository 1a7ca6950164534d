import Glibc

/// What the system said no to.
public struct NeighbourError: Error, Sendable, CustomStringConvertible {
    public let description: String

    init(_ message: String, errno code: Int32) {
        description = "\(message): \(String(cString: strerror(code)))"
    }
}
