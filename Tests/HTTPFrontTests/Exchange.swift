import BlockingWork
import Glibc

struct Failure: Error { let number = errno }

/// Sends bytes to a port of 127.0.0.1 and returns all that comes back until the other side closes.
func exchange(port: Int, _ request: String) throws -> String {
    let descriptor = try connection(to: port, sending: request)
    defer { close(descriptor) }
    var answer: [UInt8] = []
    while let piece = try receive(from: descriptor, within: .seconds(10)) {
        if piece.isEmpty { return String(decoding: answer, as: UTF8.self) }
        answer += piece
    }
    throw Failure()
}

/// A connection on which `request` was sent.
///
/// - Parameter receiveBuffer: how many bytes the kernel keeps for us, about; its own choice where it is nil.
func connection(to port: Int, sending request: String, receiveBuffer: Int32? = nil) throws -> Int32 {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    if var receiveBuffer {
        setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receiveBuffer, socklen_t(MemoryLayout<Int32>.size))
    }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
    let status = withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
    }
    let bytes = Array(request.utf8)
    guard status == 0, send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else { throw Failure() }
    return descriptor
}

/// Sends `text` over and over until the other side has taken nothing for a tenth of a second, or has closed.
func fill(_ descriptor: Int32, with text: String) throws {
    var patience = timeval(tv_sec: 0, tv_usec: 100_000)
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    let bytes = Array(String(repeating: text, count: 1000).utf8)
    var sent = bytes.count
    while sent == bytes.count { sent = send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) }
    guard sent >= 0 || [EAGAIN, EPIPE, ECONNRESET].contains(errno) else { throw Failure() }
}

/// What comes next: empty at the end, nil where nothing comes.
func receive(from descriptor: Int32, within limit: Duration) throws -> ArraySlice<UInt8>? {
    var patience = timeval(tv_sec: Int(limit / .seconds(1)), tv_usec: Int(limit / .microseconds(1)) % 1_000_000)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = recv(descriptor, &buffer, buffer.count, 0)
    if count < 0, errno == EAGAIN { return nil }
    // Who closes with something of ours unread resets.
    if count < 0, errno == ECONNRESET { return [] }
    guard count >= 0 else { throw Failure() }
    return buffer.prefix(count)
}

/// Runs blocking code on a thread of its own.
func offPool<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async -> Result<Value, any Error> {
    await withCheckedContinuation { continuation in
        startThread(name: "test") { continuation.resume(returning: Result { try body() }) }
    }
}
