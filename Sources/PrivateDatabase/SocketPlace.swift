import Glibc

/// Where a server's unix socket is.
///
/// A unix socket's path has at most 107 bytes (unix(7): `sun_path` is 108 with its closing zero). A data directory may be
/// deeper than that, so its socket then lives in a short directory that only we may enter.
struct SocketPlace: Sendable {
    let path: String
    /// The directory made for the socket alone; nil where it is in the data directory.
    private let ownDirectory: String?

    /// - Throws: ``PrivateDatabaseError`` with `directoryUnusable`.
    init(in directory: String) throws {
        let path = "\(directory)/mariadbd.sock"
        if path.utf8.count <= 107 {
            self.path = path
            ownDirectory = nil
            return
        }
        guard let made = strdup("/tmp/recado-XXXXXX") else {
            throw PrivateDatabaseError(.directoryUnusable, "There is no memory left.")
        }
        defer { free(made) }
        guard mkdtemp(made) != nil else {
            throw PrivateDatabaseError(
                .directoryUnusable, "No directory for the database's socket can be made in /tmp.")
        }
        let ownDirectory = String(cString: made)
        self.ownDirectory = ownDirectory
        self.path = "\(ownDirectory)/mariadbd.sock"
    }

    /// Removes the socket, and the directory that was made for it.
    func remove() {
        unlink(path)
        if let ownDirectory { rmdir(ownDirectory) }
    }
}
