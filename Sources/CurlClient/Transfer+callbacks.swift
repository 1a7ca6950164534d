import CCurl
import Glibc

extension Transfer {
    /// Points libcurl's callbacks at this transfer, which the loop keeps alive as long as libcurl has the handle.
    func attach(to handle: EasyHandle) {
        self.handle = handle
        let pointer = Unmanaged.passUnretained(self).toOpaque()
        handle.set(CURLOPT_PRIVATE, pointer)
        handle.set(CURLOPT_WRITEDATA, pointer)
        CCurl_easy_setopt_write(handle.pointer, keepBody)
        handle.set(CURLOPT_OPENSOCKETDATA, pointer)
        CCurl_easy_setopt_opensocket(handle.pointer, openSocket)
        handle.set(CURLOPT_PREREQDATA, pointer)
        CCurl_easy_setopt_prereq(handle.pointer, checkSending)
    }

    static func of(_ pointer: UnsafeMutableRawPointer) -> Transfer {
        Unmanaged<Transfer>.fromOpaque(pointer).takeUnretainedValue()
    }
}

/// Returning another count than was offered ends the transfer with CURLE_WRITE_ERROR: CURLOPT_WRITEFUNCTION(3).
private let keepBody: curl_write_callback = { bytes, size, count, transfer in
    guard let transfer, let bytes else { return 0 }
    let buffer = UnsafeRawBufferPointer(start: bytes, count: size * count)
    return Transfer.of(transfer).receive(buffer) ? buffer.count : 0
}

/// The address is the one that will really be connected to, so neither a second look-up nor a second address gets past it.
private let openSocket: curl_opensocket_callback = { transfer, _, address in
    guard let transfer, let address else { return CCurl_no_socket }
    let peer = withUnsafePointer(to: &address.pointee.addr) { IPAddress($0) }
    guard Transfer.of(transfer).shouldOpenSocket(to: peer) else { return CCurl_no_socket }
    return socket(
        address.pointee.family, address.pointee.socktype | Int32(SOCK_CLOEXEC.rawValue), address.pointee.protocol)
}

/// Called before the request is sent, and before it is sent again.
private let checkSending: curl_prereq_callback = { transfer, peer, _, _, _ in
    guard let transfer, let peer else { return CCurl_prereq_abort }
    return Transfer.of(transfer).shouldSend(to: peer) ? CCurl_prereq_proceed : CCurl_prereq_abort
}
