import NIOCore

/// Closes the connection of a peer that does not read its answers: Hummingbird's idle time limit does nothing while one is being written.
final class UnreadAnswers: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = Any

    private let timeLimit: TimeAmount
    private var check: Scheduled<Void>?

    /// - Parameter timeLimit: how long nothing of an answer may be read.
    init(timeLimit: TimeAmount) {
        self.timeLimit = timeLimit
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        check?.cancel()
        if !context.channel.isWritable { watch(context) }
        context.fireChannelWritabilityChanged()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        check?.cancel()
    }

    /// Nothing is added while the channel is not writable, so what waits becomes less where the peer reads at all.
    private func watch(_ context: ChannelHandlerContext) {
        let before = waitingBytes(context)
        check = context.eventLoop.assumeIsolated().scheduleTask(in: timeLimit) {
            if self.waitingBytes(context) < before { self.watch(context) } else { context.close(promise: nil) }
        }
    }

    private func waitingBytes(_ context: ChannelHandlerContext) -> Int {
        (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
    }
}
