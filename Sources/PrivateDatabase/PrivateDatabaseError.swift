/// Why a private database could not be used.
public struct PrivateDatabaseError: Error, Sendable {
    /// What went wrong, for programs.
    public struct Code: Sendable, Hashable {
        private enum Value {
            case notInstalled, invalidOptions, directoryUnusable, inUse, initialisationFailed, didNotStart
        }
        private let value: Value

        /// MariaDB's server is not on this machine.
        public static let notInstalled = Code(value: .notInstalled)
        /// A name or a size is out of range.
        public static let invalidOptions = Code(value: .invalidOptions)
        /// The directory cannot be made, read or written.
        public static let directoryUnusable = Code(value: .directoryUnusable)
        /// Another living process has a private database in the directory.
        public static let inUse = Code(value: .inUse)
        /// `mariadb-install-db` failed.
        public static let initialisationFailed = Code(value: .initialisationFailed)
        /// The server ended, or did not answer in time.
        public static let didNotStart = Code(value: .didNotStart)
    }

    public let code: Code
    /// A sentence for the operator, with the end of the server's log where that says more.
    public let message: String
    /// Where it was thrown.
    public let file: String
    public let line: Int

    init(_ code: Code, _ message: String, file: String = #fileID, line: Int = #line) {
        self.code = code
        self.message = message
        self.file = file
        self.line = line
    }
}

extension PrivateDatabaseError: CustomStringConvertible, CustomDebugStringConvertible {
    public var description: String { message }
    public var debugDescription: String { "\(file):\(line): \(message)" }
}
