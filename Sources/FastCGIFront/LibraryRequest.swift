import CFastCGI
import Dispatching
import Glibc

/// One `FCGX_Request`, initialised once and used for one request after another.
///
/// `@unchecked Sendable`: libfcgi asks for one thread at a time per request (fcgiapp.h: FCGX_Accept_r and FCGX_Finish_r
/// are "multi-thread safe" for different requests), and exactly one ``Exchange`` owns it at a time.
final class LibraryRequest: @unchecked Sendable {
    private let handle: UnsafeMutablePointer<FCGX_Request>

    init() throws {
        try LibraryInitialiser.run()
        handle = .allocate(capacity: 1)
        handle.initialize(to: FCGX_Request())
        FCGX_InitRequest(handle, -1, 0)
    }

    deinit {
        FCGX_Free(handle, 0)
        handle.deallocate()
    }

    /// Lets libfcgi read a request's parameters from `file`, and its body with ``readBody(length:)``.
    ///
    /// The connection is announced as kept: libfcgi would close the descriptor before reading otherwise.
    ///
    /// - Returns: Whether libfcgi took the request. If not, `file` is closed.
    func accept(from file: ScratchFile) -> Bool {
        handle.pointee.ipcFd = file.descriptor
        handle.pointee.keepConnection = 1
        if FCGX_Accept_r(handle) == 0 { return true }
        file.wasClosed()
        return false
    }

    /// Calls `body` with every parameter, as `NAME=value`. The bytes live until ``finish(_:into:)``.
    func forEachParameter(_ body: (UnsafeBufferPointer<UInt8>) -> Void) {
        guard var next = handle.pointee.envp else { return }
        while let text = next.pointee {
            let length = strlen(text)
            text.withMemoryRebound(to: UInt8.self, capacity: length) {
                body(UnsafeBufferPointer(start: $0, count: length))
            }
            next += 1
        }
    }

    /// Reads the body, at most `length` bytes.
    func readBody(length: Int) -> [UInt8] {
        guard length > 0 else { return [] }
        return [UInt8](unsafeUninitializedCapacity: length) { buffer, count in
            count = buffer.withMemoryRebound(to: CChar.self) {
                Int(FCGX_GetStr($0.baseAddress, Int32(length), handle.pointee.in))
            }
        }
    }

    /// Writes the answer, framed, to `file` and lets go of the request.
    ///
    /// - Returns: Whether all of it was written. If not, `file` is closed.
    func finish(_ response: Response, into file: ScratchFile) -> Bool {
        file.rewind()
        handle.pointee.ipcFd = file.descriptor
        handle.pointee.keepConnection = 1
        put(response.head)
        put(response.body)
        FCGX_Finish_r(handle)
        let isWritten = handle.pointee.ipcFd == file.descriptor
        if !isWritten { file.wasClosed() }
        handle.pointee.ipcFd = -1
        return isWritten
    }

    private func put(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes {
            guard let start = $0.bindMemory(to: CChar.self).baseAddress else { return }
            _ = FCGX_PutStr(start, Int32($0.count), handle.pointee.out)
        }
    }
}
