import Glibc

/// A FastCGI client that says whatever it is told to, record by record.
final class FastCGIClient: Sendable {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// One record as it came.
    struct Record {
        let kind: UInt8
        let requestID: Int
        let content: [UInt8]
    }

    /// A whole answer.
    struct Answer {
        var requestID = 0
        var status = 0
        var headers: [String: String] = [:]
        var body: [UInt8] = []
        var protocolStatus: UInt8 = 0

        var text: String { String(decoding: body, as: UTF8.self) }
    }

    let descriptor: Int32

    /// Connects to a unix socket.
    init(path: String, patience: Int = 10) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard status == 0 else { throw failed("connect") }
        limitWaiting(seconds: patience)
    }

    /// Connects to a port of 127.0.0.1.
    init(port: Int, patience: Int = 10) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else { throw failed("connect") }
        limitWaiting(seconds: patience)
    }

    deinit {
        close(descriptor)
    }

    func send(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress! + sent, bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw failed("send") }
            sent += count
        }
    }

    /// Ends our side; answers can still come.
    func endInput() {
        shutdown(descriptor, Int32(SHUT_WR))
    }

    /// Sends a request and waits for its answer.
    func ask(_ request: [UInt8]) throws -> Answer {
        try send(request)
        return try receive()
    }

    /// Waits for an answer, up to its END_REQUEST.
    func receive() throws -> Answer {
        var answer = Answer()
        var output: [UInt8] = []
        while true {
            guard let record = try receiveRecord() else { throw Failure(description: "closed before END_REQUEST") }
            answer.requestID = record.requestID
            if record.kind == 6 { output += record.content }
            if record.kind == 3 {
                answer.protocolStatus = record.content[4]
                break
            }
        }
        answer.parse(output)
        return answer
    }

    /// Waits for a record; nil when the connection was closed instead.
    func receiveRecord() throws -> Record? {
        guard let header = try receive(8) else { return nil }
        let content = try receive(Int(header[4]) << 8 | Int(header[5])) ?? []
        _ = try receive(Int(header[6]))
        return Record(kind: header[1], requestID: Int(header[2]) << 8 | Int(header[3]), content: content)
    }

    /// Waits until the other side closes, and tells whether it did so without sending anything more.
    func isClosed() throws -> Bool {
        var byte: UInt8 = 0
        let count = recv(descriptor, &byte, 1, 0)
        if count < 0, errno == EAGAIN { throw failed("waiting for the end") }
        return count <= 0
    }

    private func receive(_ count: Int) throws -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        var taken = 0
        while taken < count {
            let step = bytes.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress! + taken, count - taken, 0) }
            if step == 0 || (step < 0 && errno == ECONNRESET) { return nil }
            guard step > 0 else { throw failed("recv") }
            taken += step
        }
        return bytes
    }

    private func limitWaiting(seconds: Int) {
        var limit = timeval(tv_sec: seconds, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    private func failed(_ what: String) -> Failure {
        Failure(description: "\(what): \(String(cString: strerror(errno)))")
    }
}

extension FastCGIClient.Answer {
    fileprivate mutating func parse(_ output: [UInt8]) {
        let text = String(decoding: output, as: UTF8.self)
        guard let end = text.firstRange(of: "\r\n\r\n") else { return }
        for line in text[..<end.lowerBound].split(separator: "\r\n") {
            let field = line.split(separator: ": ", maxSplits: 1).map(String.init)
            headers[field[0].lowercased()] = field.count == 2 ? field[1] : ""
        }
        status = Int(headers["status"] ?? "") ?? 0
        body = Array(output[text.utf8.distance(from: text.startIndex, to: end.upperBound)...])
    }
}
