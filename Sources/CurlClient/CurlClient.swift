import CCurl
public import Logging

/// Sends HTTP requests and mails, all on one thread of its own.
///
/// Connections are kept and used again. Nobody waits for anybody else's receiver: only requests to the same host queue, and
/// only above ``Configuration/maxConnectionsPerHost``. Cancelling the calling task ends its transfer.
public final class CurlClient: Sendable {
    private let configuration: Configuration
    private let loop: TransferLoop

    /// Starts the thread. ``initializeLibrary()`` must have been called.
    public init(configuration: Configuration = Configuration(), logger: Logger) {
        precondition(Self.isLibraryInitialized, "CurlClient.initializeLibrary() comes first")
        self.configuration = configuration
        loop = TransferLoop(configuration: configuration, logger: logger)
    }

    deinit {
        // The thread holds the loop, not the client, so it ends even where nobody called `shutdown`.
        loop.inbox.close()
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
        await withCheckedContinuation { loop.inbox.close($0) }
    }

    func run(_ request: any TransferRequest) async -> Result<HTTPResponse, TransferError> {
        let transfer = Transfer(request, allowedRanges: configuration.allowedRanges)
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                transfer.continuation = continuation
                if !loop.inbox.start(transfer) { transfer.finish(.failure(.cancelled)) }
            }
        } onCancel: {
            transfer.markCancelled()
            loop.inbox.cancel(transfer)
        }
    }
}
