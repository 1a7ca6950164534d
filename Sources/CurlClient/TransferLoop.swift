import BlockingWork
import CCurl
import Logging

/// The thread that runs every transfer, in one libcurl multi handle.
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
    private let configuration: CurlClient.Configuration
    private let logger: Logger
    private var active: [UnsafeMutableRawPointer: Transfer] = [:]
    private var idleHandles: [EasyHandle] = []
    private var nextSweep = ContinuousClock.now
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(configuration: CurlClient.Configuration, logger: Logger) {
        guard let multi = curl_multi_init() else { preconditionFailure("curl_multi_init: memory is short") }
        self.multi = multi
        self.configuration = configuration
        self.logger = logger
        inbox = TransferInbox(multi: multi)
        CCurl_multi_setopt_long(multi, CURLMOPT_MAX_HOST_CONNECTIONS, configuration.maxConnectionsPerHost)
        CCurl_multi_setopt_long(multi, CURLMOPT_MAXCONNECTS, configuration.maxIdleConnections)
        startThread(name: "curl") { self.run() }
    }

    private func run() {
        while !takeWork() {
            var running: Int32 = 0
            check(curl_multi_perform(multi, &running))
            finishDone()
            sweep()
            let patience: Duration = active.isEmpty ? .seconds(60) : Self.sweepInterval
            check(
                curl_multi_poll(multi, nil, 0, Int32(patience.components.seconds * 1000) + milliseconds(patience), nil))
        }
        end()
    }

    private func milliseconds(_ duration: Duration) -> Int32 {
        Int32(duration.components.attoseconds / 1_000_000_000_000_000)
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
        guard let handle = idleHandles.popLast() ?? EasyHandle() else {
            return transfer.finish(.failure(TransferError(.failed, "memory is short")))
        }
        do throws(TransferError) {
            try handle.setDefaults(configuration)
            handle.set(CURLOPT_TIMEOUT_MS, transfer.request.timeout)
            try transfer.request.apply(to: handle)
            transfer.attach(to: handle)
            active[handle.pointer] = transfer
            check(curl_multi_add_handle(multi, handle.pointer))
        } catch {
            recycle(handle)
            transfer.finish(.failure(error))
        }
    }

    private func finishDone() {
        var remaining: Int32 = 0
        while let message = curl_multi_info_read(multi, &remaining) {
            guard message.pointee.msg == CURLMSG_DONE, let pointer = message.pointee.easy_handle,
                let transfer = active[pointer]
            else { continue }
            // The message dies with curl_multi_remove_handle: curl_multi_info_read(3).
            let result = message.pointee.data.result
            finish(transfer, error(of: result, in: transfer))
        }
    }

    private func error(of result: CURLcode, in transfer: Transfer) -> TransferError? {
        if result == CURLE_OK { return nil }
        if transfer.isForbidden { return .forbidden }
        return TransferError(result, systemError: transfer.handle?.integer(CURLINFO_OS_ERRNO) ?? 0)
    }

    private func sweep() {
        let now = ContinuousClock.now
        guard now >= nextSweep else { return }
        nextSweep = now + Self.sweepInterval
        let late = active.values.filter { $0.deadline + Self.sweepTolerance < now }
        for transfer in late { finish(transfer, .late) }
    }

    /// Ends a transfer with what the receiver has said, if anything, or with `error`.
    private func finish(_ transfer: Transfer, _ error: TransferError?) {
        let answer = transfer.request.answer(of: transfer, result: error)
        detach(transfer)
        transfer.finish(answer)
    }

    /// Ends a transfer with `error`, whatever the receiver has said.
    private func stop(_ transfer: Transfer, _ error: TransferError) {
        detach(transfer)
        transfer.finish(.failure(error))
    }

    private func detach(_ transfer: Transfer) {
        guard let handle = transfer.handle else { return }
        check(curl_multi_remove_handle(multi, handle.pointer))
        active[handle.pointer] = nil
        transfer.handle = nil
        recycle(handle)
    }

    private func recycle(_ handle: EasyHandle) {
        handle.reset()
        if idleHandles.count < Self.maxIdleHandles { idleHandles.append(handle) }
    }

    /// Those who wait are told before the connections are closed: a mail server that does not answer QUIT holds libcurl up.
    private func end() {
        for transfer in active.values { stop(transfer, .cancelled) }
        let waiting = self.waiting + inbox.end()
        for continuation in waiting { continuation.resume() }
        idleHandles.removeAll()
        curl_multi_cleanup(multi)
    }

    /// What libcurl's multi interface returns here is either fine or a bug or lack of memory: the transfers it concerns run
    /// into their deadlines.
    private func check(_ result: CURLMcode) {
        guard result != CURLM_OK else { return }
        logger.error(
            "libcurl's transfer loop failed", metadata: ["error.code": "\(result.rawValue)"])
    }
}
