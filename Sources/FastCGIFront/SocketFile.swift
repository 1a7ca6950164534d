import Glibc

/// The file of a unix socket that we have bound.
struct SocketFile: Sendable {
    private let path: String
    private let identity: Identity?

    /// The file that stands at `path` now.
    init(path: String) {
        self.path = path
        self.identity = Identity(path: path)
    }

    /// Removes the file, unless somebody has put another one there since.
    func remove() {
        if identity != nil, identity == Identity(path: path) { unlink(path) }
    }

    /// Removes a socket file on which nobody answers: what a killed process leaves behind.
    ///
    /// - Throws: ``FastCGIError`` where somebody answers, or where the file is no socket.
    static func removeStale(at path: String) throws {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            throw FastCGIError(code: .invalidAddress, message: "\(path) exists and is not a socket")
        }
        let descriptor = try makeStreamSocket(AF_UNIX)
        defer { close(descriptor) }
        let answer = try withUnixAddress(path) { connect(descriptor, $0, $1) == 0 ? 0 : errno }
        switch answer {
        case ECONNREFUSED: unlink(path)
        case ENOENT: return
        case EACCES, EPERM: throw FastCGIError.system("cannot tell whether somebody serves \(path)", errno: answer)
        default: throw FastCGIError(code: .addressInUse, message: "another process is serving \(path)")
        }
    }
}

/// What tells a file from another one that took its name.
private struct Identity: Equatable {
    let device: dev_t
    let inode: ino_t

    init?(path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        device = status.st_dev
        inode = status.st_ino
    }
}
