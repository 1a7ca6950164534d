import BlockingWork
import Dispatching
import Glibc
import Logging

/// The one thread that touches sockets: it accepts, collects requests, sends answers, and keeps every connection at rest.
///
/// `@unchecked Sendable`: ``answer(_:_:)``, ``fail(_:)``, ``stop()`` and ``abandon()`` may be called from any thread; everything
/// else runs on the loop's thread, in ``run(_:)``.
final class EventLoop: @unchecked Sendable {
    /// What to do with a whole request.
    typealias Service = (CollectedRequest, Exchange) -> Void

    private static let readBytes = 64 << 10
    /// How often one connection may fill the buffer before the others get their turn.
    private static let readsInARow = 16
    private static let sweepMilliseconds: Int32 = 250
    /// How long somebody who has just connected may take to say something once we are stopping.
    private static let freshTimeLimit = Duration.seconds(1)

    private let configuration: FastCGIConfiguration
    private let limits: RequestCollector.Limits
    private let poller: Poller
    private let budget: ByteBudget
    private let notices = NoticeBoard()

    private var acceptor: Acceptor
    private var isStopping = false
    private var isAbandoned = false
    private var connections: [Int32: Connection] = [:]
    /// Connections that have more to read than was their share.
    private var postponed: [Connection] = []
    private var deadlines = 0
    private var nextSweep: Int64 = 0
    private var now: Int64 = 0
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: readBytes, alignment: 8)

    init(configuration: FastCGIConfiguration, listener: ListeningSocket, logger: Logger) throws {
        self.configuration = configuration
        limits = RequestCollector.Limits(
            parameterBytes: configuration.maximumParameterBytes, bodyBytes: configuration.maximumBodyBytes,
            connections: configuration.maximumConnections)
        budget = ByteBudget(limit: configuration.maximumBufferedBytes)
        guard let poller = Poller() else { throw FastCGIError.system("cannot make an epoll instance") }
        self.poller = poller
        acceptor = Acceptor(listener: listener, poller: poller, logger: logger)
    }

    deinit {
        buffer.deallocate()
    }

    // MARK: From any thread

    /// Ends a request with an answer, which is made on the loop's thread. A second answer is ignored.
    func answer(_ exchange: Exchange, _ response: @escaping @Sendable () -> Response) {
        if exchange.end() { notify(.answer(exchange, response)) }
    }

    /// Ends a request that cannot be answered, and its connection.
    func fail(_ exchange: Exchange) {
        if exchange.end() { notify(.failure(exchange)) }
    }

    /// Stops accepting; ``run(_:)`` returns once everything accepted is answered.
    func stop() {
        notify(.stop)
    }

    /// Lets ``run(_:)`` return at once; requests that are being served close their connections when they end.
    func abandon() {
        notify(.abandon)
    }

    private func notify(_ notice: Notice) {
        switch notices.post(notice) {
        case .first: poller.ring()
        case .more: return
        case .unread: Self.endAlone(notice)
        }
    }

    /// Ends a request that the loop has left behind.
    private static func endAlone(_ notice: Notice) {
        switch notice {
        case .answer(let exchange, let response):
            let descriptor = exchange.connection.descriptor
            _ = response().records(for: exchange.requestID).withUnsafeBytes { sendNow($0, on: descriptor) }
            close(descriptor)
        case .failure(let exchange): close(exchange.connection.descriptor)
        case .stop, .abandon: return
        }
    }

    // MARK: On the loop's thread

    /// Serves until stopped, handing every whole request to `serve`.
    func run(_ serve: @escaping Service) {
        var taken: [Notice] = []
        acceptor.watch()
        while !isAbandoned, !(isStopping && connections.isEmpty) {
            poller.wait(milliseconds: patience) { descriptor, news in
                now = Clock.milliseconds
                if let connection = connections[descriptor] {
                    handle(news, on: connection, serve)
                } else if acceptor.owns(descriptor) {
                    acceptor.accept(welcome)
                }
            }
            now = Clock.milliseconds
            let again = postponed
            postponed.removeAll(keepingCapacity: true)
            for connection in again where connections[connection.descriptor] === connection {
                if connection.takesNews() { read(connection, serve) }
            }
            notices.takeAll(into: &taken)
            for notice in taken { take(notice, serve) }
            taken.removeAll(keepingCapacity: true)
            sweep(serve)
        }
        end()
    }

    private var patience: Int32 {
        if !postponed.isEmpty { return 0 }
        return deadlines > 0 || acceptor.isPaused ? Self.sweepMilliseconds : -1
    }

    private func welcome(_ descriptor: Int32, _ peer: Request.Peer) {
        guard connections.count < configuration.maximumConnections else {
            close(descriptor)
            return
        }
        let connection = Connection(descriptor: descriptor, peer: peer, limits: limits)
        connections[descriptor] = connection
        poller.add(descriptor, [.reading, .ending, .changes])
    }

    private func handle(_ news: Poller.Interest, on connection: Connection, _ serve: Service) {
        if !news.isDisjoint(with: [.ending, .failing]) { connection.isEnding = true }
        if !connection.unsent.isEmpty {
            if !news.isDisjoint(with: [.writing, .failing]) { sendMore(connection, serve) }
            if !news.isDisjoint(with: [.reading, .ending]) { connection.hasNews = true }
        } else if connection.takesNews() {
            read(connection, serve)
        }
    }

    private func take(_ notice: Notice, _ serve: Service) {
        switch notice {
        case .answer(let exchange, let response): send(response(), for: exchange, serve)
        case .failure(let exchange): drop(exchange.connection)
        case .stop: beginStopping(serve)
        case .abandon: isAbandoned = true
        }
    }

    private func send(_ response: Response, for exchange: Exchange, _ serve: Service) {
        let connection = exchange.connection
        budget.release(connection)
        let bytes = response.records(for: exchange.requestID)
        let sent = bytes.withUnsafeBytes { sendNow($0, on: connection.descriptor) }
        if sent < 0 {
            drop(connection)
        } else if sent < bytes.count {
            connection.unsent = bytes
            connection.sentBytes = sent
            connection.keepsAfterSending = exchange.keepsConnection
            setDeadline(of: connection, in: configuration.stallTimeLimit)
            poller.change(connection.descriptor, [.writing, .reading, .ending, .changes])
        } else if exchange.keepsConnection {
            resume(connection, serve)
        } else {
            drop(connection)
        }
    }

    /// Goes on with a connection after a request, and looks at what has come meanwhile.
    private func resume(_ connection: Connection, _ serve: Service) {
        connection.isServed = false
        guard connection.hasNews else { return }
        connection.hasNews = false
        let leftover = connection.leftover
        connection.leftover = []
        let isFree = leftover.withUnsafeBytes { feed($0, to: connection, serve) }
        if isFree { read(connection, serve) }
    }

    /// Reads what is there; the connection must be the loop's.
    private func read(_ connection: Connection, _ serve: Service) {
        for _ in 0..<Self.readsInARow {
            let count = recv(connection.descriptor, buffer.baseAddress, buffer.count, 0)
            if count > 0 {
                // Less than was asked for is all there is (epoll(7), on edge-triggered reading), but for the peer's end.
                let mayHaveMore = count == buffer.count || connection.isEnding
                let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<count])
                guard feed(bytes, to: connection, mayHaveMore: mayHaveMore, serve) else { return }
                guard mayHaveMore else { return rest(connection) }
            } else if count == 0 {
                return endOfInput(connection, serve)
            } else if errno == EAGAIN {
                return rest(connection)
            } else if errno != EINTR {
                return drop(connection)
            }
        }
        postponed.append(connection)
    }

    /// Collects bytes; false when the connection is not the loop's any more, being served or closed.
    private func feed(
        _ bytes: UnsafeRawBufferPointer, to connection: Connection, mayHaveMore: Bool = true, _ serve: Service
    ) -> Bool {
        var rest = bytes
        var replies: [UInt8] = []
        if !bytes.isEmpty { connection.isFresh = false }
        do {
            let whole = try connection.collector.take(&rest, replies: &replies)
            if !replies.isEmpty, replies.withUnsafeBytes({ sendNow($0, on: connection.descriptor) }) < replies.count {
                throw RequestCollector.Unsound()
            }
            if connection.collector.isLastReply { throw RequestCollector.Unsound() }
            if let whole {
                handOver(whole, of: connection, leftover: rest, mayHaveMore: mayHaveMore, serve)
                return false
            }
            if connection.collector.progress != .body {
                // Whoever aborts a request holds nothing of it any more.
                budget.release(connection)
            } else if !budget.hold(connection.collector.heldBytes, for: connection) {
                connection.collector.refuse(.receivingTooMuch)
                budget.release(connection)
            }
        } catch {
            drop(connection)
            return false
        }
        return true
    }

    private func handOver(
        _ whole: CollectedRequest, of connection: Connection, leftover: UnsafeRawBufferPointer, mayHaveMore: Bool,
        _ serve: Service
    ) {
        setDeadline(of: connection, in: nil)
        connection.leftover = Array(leftover)
        connection.hasNews = mayHaveMore || !leftover.isEmpty || isStopping
        connection.isServed = true
        let exchange = Exchange(
            connection: connection, requestID: whole.requestID, keepsConnection: whole.keepsConnection)
        serve(whole, exchange)
    }

    /// Leaves a connection until its next bytes, and says how long they may take.
    private func rest(_ connection: Connection) {
        if connection.collector.progress == .body {
            setDeadline(of: connection, in: configuration.stallTimeLimit)
        } else if !connection.collector.isAtRest {
            if connection.deadline == nil { setDeadline(of: connection, in: configuration.headTimeLimit) }
        } else if !isStopping {
            setDeadline(of: connection, in: nil)
        } else if connection.isFresh {
            setDeadline(of: connection, in: Self.freshTimeLimit)
        } else {
            drop(connection)
        }
    }

    /// The peer sends no more, or not in time: what can be answered is.
    private func endOfInput(_ connection: Connection, _ serve: Service) {
        guard let whole = connection.collector.cutShort() else { return drop(connection) }
        let nothing = UnsafeRawBufferPointer(start: nil, count: 0)
        handOver(whole, of: connection, leftover: nothing, mayHaveMore: false, serve)
    }

    private func sendMore(_ connection: Connection, _ serve: Service) {
        let sent = connection.unsent.withUnsafeBytes {
            sendNow(UnsafeRawBufferPointer(rebasing: $0[connection.sentBytes...]), on: connection.descriptor)
        }
        guard sent >= 0 else { return drop(connection) }
        connection.sentBytes += sent
        guard connection.sentBytes == connection.unsent.count else {
            if sent > 0 { setDeadline(of: connection, in: configuration.stallTimeLimit) }
            return
        }
        connection.unsent = []
        setDeadline(of: connection, in: nil)
        guard connection.keepsAfterSending else { return drop(connection) }
        poller.change(connection.descriptor, [.reading, .ending, .changes])
        resume(connection, serve)
    }

    private func beginStopping(_ serve: Service) {
        guard !isStopping else { return }
        acceptor.stop(backlog: configuration.backlog, welcome)
        isStopping = true
        for connection in Array(connections.values) where connection.takesNews() { read(connection, serve) }
    }

    /// Ends what has taken too long, and accepts again after a pause.
    private func sweep(_ serve: Service) {
        guard now >= nextSweep, deadlines > 0 || acceptor.isPaused else { return }
        nextSweep = now + Int64(Self.sweepMilliseconds)
        if acceptor.isPaused { acceptor.watch() }
        for connection in connections.values.filter({ ($0.deadline ?? .max) <= now }) {
            if connection.unsent.isEmpty { endOfInput(connection, serve) } else { drop(connection) }
        }
    }

    private func setDeadline(of connection: Connection, in duration: Duration?) {
        if connection.deadline != nil { deadlines -= 1 }
        connection.deadline = duration.map { now + Clock.milliseconds(of: $0) }
        if connection.deadline != nil { deadlines += 1 }
    }

    private func drop(_ connection: Connection) {
        setDeadline(of: connection, in: nil)
        budget.release(connection)
        connections[connection.descriptor] = nil
        close(connection.descriptor)
    }

    private func end() {
        acceptor.close()
        // Whoever answers a request that is being served closes its connection; not one whose answer is on its way.
        for connection in connections.values where !connection.isServed || !connection.unsent.isEmpty {
            close(connection.descriptor)
        }
        connections = [:]
        for notice in notices.close() { Self.endAlone(notice) }
    }
}
