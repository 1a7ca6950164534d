/// A mail server without encryption, as far as these tests need one.
public final class MailSink: Sendable {
    /// What a mail server got.
    public struct Received: Sendable {
        public let from: String
        public let to: String
        /// The message as it was sent, line by line, dots unstuffed.
        public let lines: [String]
    }

    /// The mails that were taken.
    public let received: Recorded<Received>
    private let server: LoopbackServer

    public var port: Int { server.port }
    public var connections: Int { server.connections }

    /// - Parameters:
    ///   - login: the base64 of `\0user\0password`, where the server wants a login.
    ///   - refusals: replies other than 250, by the beginning of the command's line: `RCPT TO:<b@` or `.` for the mail's end.
    public init(login: String? = nil, refusals: [String: String] = [:]) {
        let received = Recorded<Received>()
        self.received = received
        server = LoopbackServer { connection in
            Self.serve(connection, login: login, refusals: refusals, received: received)
        }
    }

    public func stop() { server.stop() }

    private static func serve(
        _ connection: Connection, login: String?, refusals: [String: String], received: Recorded<Received>
    ) {
        var from = ""
        var to = ""
        connection.write("220 sink ESMTP\r\n")
        while let line = connection.readLine() {
            if let refusal = refusals.first(where: { line.hasPrefix($0.key) })?.value {
                connection.write(refusal + "\r\n")
                continue
            }
            switch line.prefix(4).uppercased() {
            case "EHLO": connection.write(login == nil ? "250 sink\r\n" : "250-sink\r\n250 AUTH PLAIN\r\n")
            case "AUTH":
                connection.write("334 \r\n")
                connection.write(connection.readLine() == login ? "235 welcome\r\n" : "535 who are you\r\n")
            case "MAIL":
                from = line
                connection.write("250 fine\r\n")
            case "RCPT":
                to = line
                connection.write("250 fine\r\n")
            case "DATA":
                connection.write("354 go on\r\n")
                var lines: [String] = []
                while let line = connection.readLine(), line != "." {
                    lines.append(line.hasPrefix(".") ? String(line.dropFirst()) : line)
                }
                if let refusal = refusals["."] {
                    connection.write(refusal + "\r\n")
                } else {
                    received.append(Received(from: from, to: to, lines: lines))
                    connection.write("250 taken\r\n")
                }
            case "QUIT":
                connection.write("221 bye\r\n")
                return
            default: connection.write("250 fine\r\n")
            }
        }
    }
}
