import Dispatching
import Glibc

/// The address of one end of a socket.
struct SocketAddress {
    private var storage = sockaddr_storage()

    /// The address that `descriptor` is bound to.
    static func local(of descriptor: Int32) -> SocketAddress {
        var address = SocketAddress()
        _ = address.fill { getsockname(descriptor, $0, $1) }
        return address
    }

    /// Lets a system call such as `getsockname` or `accept` write the address.
    mutating func fill(_ body: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32) -> Int32 {
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutablePointer(to: &storage) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, &length) }
        }
    }

    var isUnix: Bool { Int32(storage.ss_family) == AF_UNIX }

    var port: Int? {
        switch Int32(storage.ss_family) {
        case AF_INET: Int(UInt16(bigEndian: cast(to: sockaddr_in.self).sin_port))
        case AF_INET6: Int(UInt16(bigEndian: cast(to: sockaddr_in6.self).sin6_port))
        default: nil
        }
    }

    /// Who is at this address, as the handler is told.
    var peer: Request.Peer {
        switch Int32(storage.ss_family) {
        case AF_UNIX: return .unixSocket
        case AF_INET:
            let address = UInt32(bigEndian: cast(to: sockaddr_in.self).sin_addr.s_addr)
            return address >> 24 == 127 ? .loopback : .remote
        case AF_INET6:
            let address = cast(to: sockaddr_in6.self).sin6_addr
            return withUnsafeBytes(of: address) { bytes in
                let isLoopback = bytes.dropLast().allSatisfy { $0 == 0 } && bytes[15] == 1
                let isMappedLoopback =
                    bytes.prefix(10).allSatisfy { $0 == 0 } && bytes[10] == 0xff && bytes[11] == 0xff
                    && bytes[12] == 127
                return isLoopback || isMappedLoopback ? .loopback : .remote
            }
        default: return .remote
        }
    }

    private func cast<Address>(to type: Address.Type) -> Address {
        withUnsafeBytes(of: storage) { $0.loadUnaligned(as: type) }
    }
}

/// Calls `body` with the address of the unix socket at `path`.
///
/// - Throws: ``FastCGIError`` for a path that does not fit: the kernel takes 107 bytes (unix(7)).
func withUnixAddress<Result>(
    _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) throws -> Result
) throws -> Result {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8)
    let room = MemoryLayout.size(ofValue: address.sun_path) - 1
    guard bytes.count <= room else {
        throw FastCGIError(
            code: .invalidAddress, message: "\(path) is longer than \(room) bytes, the limit of a socket")
    }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    return try withUnsafePointer(to: &address) {
        try $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            try body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
    }
}

/// How every socket of ours is opened: it never makes a thread wait, and no child process inherits it.
let socketFlags = Int32(bitPattern: SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)

/// - Throws: ``FastCGIError``.
func makeStreamSocket(_ family: Int32) throws -> Int32 {
    let descriptor = socket(family, Int32(bitPattern: SOCK_STREAM.rawValue) | socketFlags, 0)
    guard descriptor >= 0 else { throw FastCGIError.system("cannot make a socket") }
    return descriptor
}
