import Glibc

/// The folder in which the processes of one installation on one host find one another.
///
/// Each process holds a lock file there for as long as it lives, and a daemon a socket that rings. Processes that use another
/// database have another folder.
public struct RuntimeDirectory: Sendable {
    public let path: String

    /// Makes the folder, for its owner alone, where it is missing.
    ///
    /// - Parameters:
    ///   - base: the folder of all installations.
    ///   - identity: what tells this installation from others: the database's address, name and prefix.
    /// - Throws: ``NeighbourError`` where the folder cannot be made or belongs to somebody else.
    public init(base: String, identity: String) throws {
        path = base + "/" + Self.folderName(for: identity)
        try Self.make(base, mode: 0o755)
        try Self.require(base, following: true) { $0.isOurs || $0.isRoots }
        try Self.make(path, mode: 0o700)
        try Self.require(path) { $0.isOurs }
    }

    /// The files of one kind in the folder.
    func files(_ kind: FileKind) -> [(worker: Int64, path: String)] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var found: [(worker: Int64, path: String)] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if let worker = kind.worker(fileName: name) { found.append((worker, path + "/" + name)) }
        }
        return found
    }

    func file(_ kind: FileKind, worker: Int64) -> String {
        "\(path)/worker-\(worker).\(kind.rawValue)"
    }

    private static func make(_ path: String, mode: mode_t) throws {
        guard mkdir(path, mode) != 0, errno != EEXIST else { return }
        throw NeighbourError("cannot make the folder \(path)", errno: errno)
    }

    /// Whoever may write there, or put another folder into its place, could make us deaf, or have our lanes taken from us.
    private static func require(_ path: String, following: Bool = false, _ isTrusted: (stat) -> Bool) throws {
        var status = stat()
        guard (following ? stat(path, &status) : lstat(path, &status)) == 0 else {
            throw NeighbourError("cannot look at \(path)", errno: errno)
        }
        guard status.st_mode & S_IFMT == S_IFDIR else { throw NeighbourError("\(path) is no folder", errno: ENOTDIR) }
        guard isTrusted(status) else { throw NeighbourError("\(path) is not ours alone", errno: EPERM) }
    }

    /// FNV-1a over the identity: short, stable, and not a secret.
    private static func folderName(for identity: String) -> String {
        let hash = identity.utf8.reduce(UInt64(0xcbf2_9ce4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        return String(hash, radix: 16)
    }
}

extension stat {
    private var isWritableForOthers: Bool { st_mode & 0o022 != 0 }

    fileprivate var isOurs: Bool { st_uid == geteuid() && !isWritableForOthers }

    /// Root's; where others may write, they must not be able to rename what is not theirs, as in /tmp.
    fileprivate var isRoots: Bool { st_uid == 0 && (!isWritableForOthers || st_mode & S_ISVTX != 0) }
}

enum FileKind: String {
    case lock, bell

    func worker(fileName: String) -> Int64? {
        guard fileName.hasPrefix("worker-"), fileName.hasSuffix("." + rawValue) else { return nil }
        return Int64(fileName.dropFirst(7).dropLast(rawValue.count + 1))
    }
}
