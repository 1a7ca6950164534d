import Glibc

/// The server's end of a connection, with blocking calls.
public final class Connection: @unchecked Sendable {
    // One thread at a time: the server gives each connection a thread of its own.
    private let descriptor: Int32
    private var buffer: [UInt8] = []

    init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    /// The next HTTP request, or nil at the end of the connection.
    public func readRequest() -> ReceivedRequest? {
        var lines: [String] = []
        while let line = readLine() {
            if !line.isEmpty {
                lines.append(line)
                continue
            }
            guard !lines.isEmpty else { continue }
            var request = ReceivedRequest(lines: lines)
            let length = request.header("content-length").flatMap { Int($0) } ?? 0
            guard let body = read(count: length) else { return nil }
            request.body = body
            return request
        }
        return nil
    }

    /// The next line without its line break, or nil at the end of the connection.
    public func readLine() -> String? {
        while true {
            if let end = buffer.firstIndex(of: UInt8(ascii: "\n")) {
                var line = buffer[..<end]
                if line.last == UInt8(ascii: "\r") { line.removeLast() }
                buffer.removeFirst(end - buffer.startIndex + 1)
                return String(decoding: line, as: UTF8.self)
            }
            guard fill() else { return nil }
        }
    }

    /// Returns false when the peer is gone.
    @discardableResult
    public func write(_ text: String) -> Bool { write(Array(text.utf8)) }

    @discardableResult
    public func write(_ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                send(descriptor, buffer.baseAddress! + sent, buffer.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    /// An answer with a body and its length.
    @discardableResult
    public func answer(_ status: String, headers: [String] = [], body: String = "") -> Bool {
        let head = ["HTTP/1.1 \(status)", "Content-Length: \(body.utf8.count)"] + headers
        return write(head.joined(separator: "\r\n") + "\r\n\r\n" + body)
    }

    /// Waits until the peer closes the connection.
    public func waitForEnd() {
        while fill() { buffer.removeAll() }
    }

    /// Makes the close at the end of the script a reset (RST) instead of a farewell.
    public func breakOff() {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    }

    /// One byte, or nil at the end of the connection.
    public func readByte() -> UInt8? { read(count: 1)?.first }

    private func read(count: Int) -> [UInt8]? {
        while buffer.count < count { guard fill() else { return nil } }
        defer { buffer.removeFirst(count) }
        return Array(buffer.prefix(count))
    }

    private func fill() -> Bool {
        var chunk = [UInt8](repeating: 0, count: 16_384)
        let count = recv(descriptor, &chunk, chunk.count, 0)
        guard count > 0 else { return false }
        buffer += chunk[..<count]
        return true
    }
}
