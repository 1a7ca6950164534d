import Glibc

/// Why a ``FastCGIFront`` could not start.
public struct FastCGIError: Error, Sendable, CustomStringConvertible {
    /// A stable word for programs.
    public enum Code: String, Sendable {
        /// Another process answers on the socket or port.
        case addressInUse = "address_in_use"
        /// The address cannot be used: no such directory, host or group, a path that is too long or no socket.
        case invalidAddress = "invalid_address"
        /// A system call failed.
        case system
    }

    public let code: Code
    /// A sentence for the operator.
    public let message: String

    public var description: String { message }

    /// The failure of the system call that has just set `errno`.
    static func system(_ action: String, errno number: Int32 = errno) -> FastCGIError {
        let code: Code =
            switch number {
            case EADDRINUSE: .addressInUse
            case ENOENT, ENOTDIR, EADDRNOTAVAIL, ENAMETOOLONG: .invalidAddress
            default: .system
            }
        return FastCGIError(code: code, message: "\(action): \(String(cString: strerror(number)))")
    }
}
