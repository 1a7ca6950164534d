import BlockingWork
import CCurl
import Logging

/// The thread that runs every transfer, in one libcurl multi handle.
///
/// libcurl says which sockets it waits for (CURLMOPT_SOCKETFUNCTION(3)) and is told of those that have news, so that a transfer
/// that waits costs nothing: curl_multi_perform would look at every one of them each time.
///
/// All but `inbox` belongs to the thread alone, which is why the loop may be shared.
final class TransferLoop: @unchecked Sendable {
    /// How often transfers past their deadline are looked for: libcurl 7.88 does not time out those that wait for one of the
    /// host's connections to become free.
    private static let sweepInterval = Duration.milliseconds(250)
    /// How far past the deadline libcurl may be, which reports better, before the sweep ends a transfer itself.
    private static let sweepTolerance = Duration.milliseconds(250)
    private static let maxIdleHandles = 256

    let inbox: TransferInbox
    private let multi: UnsafeMutableRawPointer
    private let poller: Poller
    /// What libcurl waits for.
    private var watched: Set<Int32> = []
    /// What libcurl does not wait for at the moment. Kept connections are watched on, for one system call less per request.
    private var resting: Set<Int32> = []
    /// When libcurl wants to be called at the latest.
    private var wakeAt: ContinuousClock.Instant?
    private let configuration: CurlClient.Configuration
    private let logger: Logger
    private var active: [UnsafeMutableRawPointer: Transfer] = [:]
    private var idleHandles: [EasyHandle] = []
    private var nextSweep = ContinuousClock.now
    private var waiting: [CheckedContinuation<Void, Never>] = []

    /// Loads libcurl, where nobody has, and starts the thread.
    init(configuration: CurlClient.Configuration, logger: Logger) throws(TransferError) {
        try CurlLibrary.load()
        guard let poller = Poller(), let multi = CCurl_multi_init() else {
            throw TransferError(.failed, "memory or descriptors are short")
        }
        self.multi = multi
        self.poller = poller
        self.configuration = configuration
        self.logger = logger
        inbox = TransferInbox(poller: poller)
        CCurl_multi_setopt_long(multi, CURLMOPT_MAX_HOST_CONNECTIONS, configuration.maxConnectionsPerHost)
        CCurl_multi_setopt_long(multi, CURLMOPT_MAXCONNECTS, configuration.maxKeptConnections)
        startThread(name: "curl") { self.run() }
    }

    private func run() {
        let pointer = Unmanaged.passUnretained(self).toOpaque()
        CCurl_multi_setopt_pointer(multi, CURLMOPT_SOCKETDATA, pointer)
        CCurl_multi_setopt_socket(multi, watchSocket)
        CCurl_multi_setopt_pointer(multi, CURLMOPT_TIMERDATA, pointer)
        CCurl_multi_setopt_timer(multi, setTimer)
        while !takeWork() {
            if let wakeAt, wakeAt <= .now {
                self.wakeAt = nil
                act(on: CCurl_timeout, 0)
            }
            finishDone()
            sweep()
            poller.wait(milliseconds: patience) { socket, news in
                if resting.remove(socket) != nil { return poller.remove(socket) }
                act(on: socket, Self.action(news))
            }
            finishDone()
        }
        end()
    }

    /// How long to wait, in milliseconds: rounded up, since libcurl does nothing when called too early.
    private var patience: Int32 {
        guard !active.isEmpty else { return -1 }
        var limit = Self.sweepInterval
        if let wakeAt { limit = min(limit, wakeAt - .now) }
        return limit <= .zero ? 0 : Int32(limit / .milliseconds(1)) + 1
    }

    private func act(on socket: curl_socket_t, _ news: Int32) {
        var running: Int32 = 0
        check(CCurl_multi_socket_action(multi, socket, news, &running))
    }

    private static func action(_ news: Poller.Interest) -> Int32 {
        (news.contains(.reading) ? CURL_CSELECT_IN : 0) | (news.contains(.writing) ? CURL_CSELECT_OUT : 0)
            | (news.isDisjoint(with: .failing) ? 0 : CURL_CSELECT_ERR)
    }

    /// Called by libcurl: what it waits for on a socket from now on.
    fileprivate func watch(_ socket: curl_socket_t, _ what: Int32) {
        guard what != CURL_POLL_REMOVE else {
            watched.remove(socket)
            resting.insert(socket)
            return
        }
        let interest: Poller.Interest =
            switch what {
            case CURL_POLL_IN: .reading
            case CURL_POLL_OUT: .writing
            default: [.reading, .writing]
            }
        let isKnown = !watched.insert(socket).inserted || resting.remove(socket) != nil
        // One that was closed at rest is not watched any more, and its number may be another's by now.
        if !isKnown || !poller.change(socket, interest) { poller.add(socket, interest) }
    }

    /// Called by libcurl: when it wants to be called; negative for not at all.
    fileprivate func wake(inMilliseconds milliseconds: Int) {
        wakeAt = milliseconds < 0 ? nil : .now + .milliseconds(milliseconds)
    }

    /// Starts and cancels what was asked for. Returns true when the loop is to end.
    private func takeWork() -> Bool {
        let work = inbox.take()
        for transfer in work.starting { start(transfer) }
        for transfer in work.cancelled where transfer.handle != nil { stop(transfer, .cancelled) }
        waiting += work.waiting
        return work.isClosed
    }

    private func start(_ transfer: Transfer) {
        // Cancelled before it was submitted: the request to cancel it has been and gone.
        guard !transfer.isCancelled else { return transfer.finish(.failure(.cancelled)) }
        if let limit = transfer.request.notAfter, limit <= .now { return transfer.finish(.failure(.cancelled)) }
        guard let handle = idleHandles.popLast() ?? EasyHandle() else {
            return transfer.finish(.failure(TransferError(.failed, "memory is short")))
        }
        do throws(TransferError) {
            if !transfer.request.isPrepared(handle) {
                if handle.receiver != nil { handle.reset() }
                try handle.setDefaults(configuration)
            }
            handle.set(CURLOPT_TIMEOUT_MS, transfer.request.timeout)
            try transfer.request.apply(to: handle)
            transfer.attach(to: handle)
            active[handle.pointer] = transfer
            check(CCurl_multi_add_handle(multi, handle.pointer))
        } catch {
            recycle(handle, keepsOptions: false)
            transfer.finish(.failure(error))
        }
    }

    /// Whoever waits is woken when all are done with that are done: woken one by one between the others' work, the threads they run
    /// on would fall asleep again each time.
    private func finishDone() {
        var answered: [(Transfer, Result<HTTPResponse, TransferError>)] = []
        var remaining: Int32 = 0
        while let message = CCurl_multi_info_read(multi, &remaining) {
            guard message.pointee.msg == CURLMSG_DONE, let pointer = message.pointee.easy_handle,
                let transfer = active[pointer]
            else { continue }
            // The message dies with curl_multi_remove_handle: curl_multi_info_read(3).
            let result = message.pointee.data.result
            answered.append((transfer, end(transfer, error(of: result, in: transfer))))
        }
        for (transfer, answer) in answered { transfer.finish(answer) }
    }

    private func error(of result: CURLcode, in transfer: Transfer) -> TransferError? {
        if result == CURLE_OK { return nil }
        if transfer.isForbidden { return .forbidden }
        if transfer.isBrokenOff { return .brokenOff }
        return TransferError(result, systemError: transfer.handle?.integer(CURLINFO_OS_ERRNO) ?? 0)
    }

    private func sweep() {
        let now = ContinuousClock.now
        guard now >= nextSweep else { return }
        nextSweep = now + Self.sweepInterval
        // What libcurl has begun it ends in time; of what it has not, the handle says what it said of the transfer before.
        for transfer in active.values where transfer.deadline + Self.sweepTolerance < now { stop(transfer, .late) }
    }

    /// Ends a transfer. Returns what the receiver has said, if anything, or `error`.
    private func end(
        _ transfer: Transfer, _ error: TransferError?
    ) -> Result<HTTPResponse, TransferError> {
        let answer = transfer.request.answer(of: transfer, result: error)
        // libcurl counts over a handle's life how often it sent again because a kept connection had died, and fails the sixth time:
        // where a new one was made, the handle begins anew.
        let keepsOptions = error == nil && transfer.handle?.integer(CURLINFO_NUM_CONNECTS) == 0
        detach(transfer, keepsOptions: keepsOptions)
        return answer
    }

    /// Ends a transfer with `error`, whatever the receiver has said.
    private func stop(_ transfer: Transfer, _ error: TransferError) {
        detach(transfer, keepsOptions: false)
        transfer.finish(.failure(error))
    }

    private func detach(_ transfer: Transfer, keepsOptions: Bool) {
        guard let handle = transfer.handle else { return }
        check(CCurl_multi_remove_handle(multi, handle.pointer))
        active[handle.pointer] = nil
        transfer.handle = nil
        recycle(handle, keepsOptions: keepsOptions)
    }

    /// - Parameter keepsOptions: false where something may have been left behind in the handle.
    private func recycle(_ handle: EasyHandle, keepsOptions: Bool) {
        guard idleHandles.count < Self.maxIdleHandles else { return }
        if keepsOptions { handle.rest() } else { handle.reset() }
        idleHandles.append(handle)
    }

    /// Those who wait are told before the connections are closed: a mail server that does not answer QUIT holds libcurl up.
    private func end() {
        for transfer in active.values { stop(transfer, .cancelled) }
        let waiting = self.waiting + inbox.end()
        for continuation in waiting { continuation.resume() }
        idleHandles.removeAll()
        CCurl_multi_cleanup(multi)
    }

    /// What libcurl's multi interface returns here is either fine or a bug or lack of memory: the transfers it concerns run
    /// into their deadlines.
    private func check(_ result: CURLMcode) {
        guard result != CURLM_OK else { return }
        logger.error(
            "libcurl's transfer loop failed", metadata: ["error.code": "\(result.rawValue)"])
    }
}

/// See curl_socket_callback in CURLMOPT_SOCKETFUNCTION(3).
private let watchSocket: curl_socket_callback = { _, socket, what, loop, _ in
    guard let loop else { return 0 }
    Unmanaged<TransferLoop>.fromOpaque(loop).takeUnretainedValue().watch(socket, what)
    return 0
}

/// See CURLMOPT_TIMERFUNCTION(3).
private let setTimer: curl_multi_timer_callback = { _, milliseconds, loop in
    guard let loop else { return 0 }
    Unmanaged<TransferLoop>.fromOpaque(loop).takeUnretainedValue().wake(inMilliseconds: milliseconds)
    return 0
}
