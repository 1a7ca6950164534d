import CFastCGI
import Glibc

/// One `FCGX_Request` and the file that it reads from, used for one request after another, by one thread.
final class LibraryRequest {
    private let handle: UnsafeMutablePointer<FCGX_Request>
    private let file: ScratchFile

    /// - Throws: ``FastCGIError``.
    init() throws {
        try LibraryInitialiser.run()
        file = try ScratchFile()
        handle = .allocate(capacity: 1)
        handle.initialize(to: FCGX_Request())
        FCGX_InitRequest(handle, -1, 0)
    }

    deinit {
        FCGX_Free(handle, 0)
        handle.deallocate()
    }

    /// Lets libfcgi read a request's parameters, until ``release()``.
    ///
    /// The connection is announced as kept: libfcgi would close the descriptor before reading otherwise.
    ///
    /// - Throws: ``FastCGIError`` where libfcgi does not take it; the object is of no use any more.
    func accept(_ head: [UInt8]) throws(FastCGIError) {
        try file.load(head)
        handle.pointee.ipcFd = file.descriptor
        handle.pointee.keepConnection = 1
        guard FCGX_Accept_r(handle) == 0 else {
            file.wasClosed()
            throw FastCGIError(code: .system, message: "libfcgi refused a request")
        }
    }

    /// Calls `body` with every parameter, as `NAME=value`. The bytes live until ``release()``.
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

    /// Lets go of what was read.
    func release() {
        FCGX_Free(handle, 0)
        file.trim()
    }
}
