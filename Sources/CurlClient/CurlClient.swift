import CCurl
public import Logging
import Synchronization

/// Sends HTTP requests and mails, all on one thread of its own.
///
/// Connections are kept and used again. Nobody waits for anybody else's receiver: only requests to the same host queue, and
/// only above ``Configuration/maxConnectionsPerHost``. Cancelling the calling task ends its transfer.
public final class CurlClient: Sendable {
    private enum State {
        /// Nothing was asked for yet: there is no thread.
        case unused
        case running(TransferLoop)
        case closed(TransferLoop?)
    }

    private let configuration: Configuration
    private let logger: Logger
    private let state = Mutex(State.unused)

    /// Neither libcurl nor the thread is needed before the first request.
    public init(configuration: Configuration = Configuration(), logger: Logger) {
        self.configuration = configuration
        self.logger = logger
    }

    deinit {
        // The thread holds the loop, not the client, so it ends even where nobody called `shutdown`.
        close()?.inbox.close()
    }

    /// Sends `request` and waits for its answer.
    ///
    /// - Returns: the answer whatever its status, or why there is none. `cancelled` where the task was cancelled or the client
    ///   shut down before the answer.
    public func perform(_ request: HTTPRequest) async -> Result<HTTPResponse, TransferError> {
        await run(request)
    }

    /// Cancels what is under way and ends the thread. What is asked for afterwards fails as cancelled.
    public func shutdown() async {
        guard let loop = close() else { return }
        await withCheckedContinuation { loop.inbox.close($0) }
    }

    func run(_ request: any TransferRequest) async -> Result<HTTPResponse, TransferError> {
        let inbox: TransferInbox
        do { inbox = try runningLoop().inbox } catch { return .failure(error) }
        let transfer = Transfer(request, allowedRanges: configuration.allowedRanges)
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                transfer.continuation = continuation
                if !inbox.start(transfer) { transfer.finish(.failure(.cancelled)) }
            }
        } onCancel: {
            transfer.markCancelled()
            inbox.cancel(transfer)
        }
    }

    /// The loop, started by the first who asks.
    ///
    /// - Throws: `cancelled` once the client is closed, `failed` where there can be no loop.
    private func runningLoop() throws(TransferError) -> TransferLoop {
        try state.withLock { state throws(TransferError) in
            switch state {
            case .running(let loop): return loop
            case .closed: throw .cancelled
            case .unused:
                let loop = try TransferLoop(configuration: configuration, logger: logger)
                state = .running(loop)
                return loop
            }
        }
    }

    /// The loop that has to end, if there is one.
    private func close() -> TransferLoop? {
        state.withLock { state in
            switch state {
            case .unused: state = .closed(nil)
            case .running(let loop): state = .closed(loop)
            case .closed: break
            }
            if case .closed(let loop) = state { return loop }
            return nil
        }
    }
}
