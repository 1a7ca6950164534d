import Glibc

/// Sends what a non-blocking socket takes now, without raising SIGPIPE.
///
/// - Returns: How many bytes that was, or -1 when the connection is lost.
func sendNow(_ bytes: UnsafeRawBufferPointer, on descriptor: Int32) -> Int {
    var sent = 0
    while sent < bytes.count {
        let count = send(descriptor, bytes.baseAddress?.advanced(by: sent), bytes.count - sent, Int32(MSG_NOSIGNAL))
        if count >= 0 {
            sent += count
        } else if errno == EAGAIN {
            return sent
        } else if errno != EINTR {
            return -1
        }
    }
    return sent
}
