import FastCGIFront
import Glibc
import Logging
import Testing

@testable import FastCGIFront

@Suite struct ListeningTests {
    private static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    @Test func `the socket file has its mode and goes at the end`() async throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/front.sock"
        let group = String(cString: getgrgid(getgid()).pointee.gr_name)
        let address = ListeningAddress.unixSocket(path: path, mode: 0o620, group: group)
        try await RunningFront.with(address: address) { front in
            var status = stat()
            #expect(lstat(path, &status) == 0)
            #expect(status.st_mode & 0o777 == 0o620)
            let client = try FastCGIClient(path: path)
            #expect(try client.ask(Records.request()).status == 200)
        }
        #expect(access(path, F_OK) != 0)
    }

    @Test func `a socket file that nobody serves is replaced, a served one is not`() async throws {
        let directory = try TemporaryDirectory()
        let address = ListeningAddress.unixSocket(path: "\(directory.path)/front.sock", mode: 0o600, group: nil)
        let dead = try ListeningSocket.open(address, backlog: 1)
        close(dead.descriptor)
        try await RunningFront.with(address: address) { _ in
            let second = FastCGIFront(
                configuration: FastCGIConfiguration(address: address), handler: Echo(), logger: Self.logger)
            let error = #expect(throws: FastCGIError.self) { try second.listen() }
            #expect(error?.code == .addressInUse)
            #expect(error?.message.contains(directory.path) == true)
        }
    }

    @Test func `a file that is no socket stays`() throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/plain"
        close(open(path, O_CREAT | O_WRONLY, 0o600))
        let error = #expect(throws: FastCGIError.self) {
            try ListeningSocket.open(.unixSocket(path: path, mode: 0o600, group: nil), backlog: 1)
        }
        #expect(error?.code == .invalidAddress)
        #expect(access(path, F_OK) == 0)
    }

    @Test(arguments: [
        ListeningAddress.unixSocket(path: "/nowhere/at/all.sock", mode: 0o600, group: nil),
        .unixSocket(path: "/tmp/" + String(repeating: "x", count: 200), mode: 0o600, group: nil),
        .unixSocket(path: "/tmp/recado-never.sock", mode: 0o600, group: "no-such-group"),
        .tcp(host: "host.invalid.", port: 0),
    ])
    func `an address that cannot be used is named`(address: ListeningAddress) {
        let error = #expect(throws: FastCGIError.self) { try ListeningSocket.open(address, backlog: 1) }
        #expect(error?.code == .invalidAddress)
    }

    @Test func `a listening socket is inherited`() async throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/front.sock"
        let original = try ListeningSocket.open(.unixSocket(path: path, mode: 0o600, group: nil), backlog: 8)
        let inherited = dup(original.descriptor)
        let socket = try ListeningSocket.inherit(inherited)
        #expect(socket.isUnix)
        #expect(fcntl(socket.descriptor, F_GETFD) & FD_CLOEXEC != 0)
        original.shutDown()
        socket.shutDown()
        close(inherited)
        #expect(throws: FastCGIError.self) { try ListeningSocket.inherit(open("/dev/null", O_RDONLY)) }
    }

    @Test func `libfcgi leaves the signal handlers alone`() throws {
        try LibraryInitialiser.run()
        for signal in [SIGTERM, SIGUSR1, SIGPIPE] {
            var before = sigaction()
            sigaction(signal, nil, &before)
            LibraryInitialiser.keepingSignalHandlers {
                var other = sigaction()
                other.__sigaction_handler.sa_handler = { _ in }
                sigaction(signal, &other, nil)
            }
            var after = sigaction()
            sigaction(signal, nil, &after)
            #expect(
                unsafeBitCast(before.__sigaction_handler.sa_handler, to: Int.self)
                    == unsafeBitCast(after.__sigaction_handler.sa_handler, to: Int.self))
        }
        var now = sigaction()
        sigaction(SIGUSR1, nil, &now)
        #expect(unsafeBitCast(now.__sigaction_handler.sa_handler, to: Int.self) == 0, "libfcgi took SIGUSR1")
    }
}
