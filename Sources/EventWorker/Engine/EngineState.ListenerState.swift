import HeapModule

extension EngineState {
    /// What is counted of a listener. An object, as its lanes are: a delivery changes both several times, in place.
    final class ListenerState {
        var running = 0
        /// Read, started or not, and not settled.
        var held = 0
        /// How much memory takes what is read and not started, in bytes.
        var waitingBytes = 0
        var ready = Heap<Ready>()
    }
}
