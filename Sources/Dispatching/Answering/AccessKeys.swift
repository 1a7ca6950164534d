import Crypto
import EventModel
import FoundationEssentials

/// Who may ask for what.
///
/// Without any key only a unix socket, whose file permissions say who may connect, and loopback are served.
public struct AccessKeys: Sendable {
    /// What a key is for.
    public enum Purpose: String, Sendable {
        case dispatch, read, admin
    }

    /// A key as the configuration gives it.
    public struct Key: Sendable {
        public let name: String
        public let purposes: Set<Purpose>
        /// Whose events may be dispatched and looked at with it; nil for everybody's.
        public let tenant: String?
        let digest: SHA256.Digest

        public init(name: String, key: String, purposes: Set<Purpose>, tenant: String? = nil) {
            self.name = name
            self.purposes = purposes
            self.tenant = tenant
            digest = SHA256.hash(data: Data(key.utf8))
        }
    }

    private let keys: [Key]

    public init(_ keys: [Key]) {
        self.keys = keys
    }

    public var isEmpty: Bool { keys.isEmpty }

    /// Lets a request pass, or says why not. `admin` includes the other purposes.
    ///
    /// Every key is compared, each in constant time (digests of equal length), so the time says nothing about how near a
    /// guess was.
    ///
    /// - Returns: the tenant whose events alone the caller may dispatch and look at; nil for all.
    func check(_ request: Request, for purpose: Purpose) throws(ErrorAnswer) -> ExactText? {
        guard !keys.isEmpty else {
            guard request.peer != .remote else {
                throw ErrorAnswer(
                    status: 403, code: "forbidden",
                    message: "Without a key in the configuration only a unix socket and loopback are served.")
            }
            // A browser on this machine sends whatever any page asks it to, and says so (Fetch Standard, "Origin" header).
            guard request.peer != .loopback || request.headers["origin"] == nil else {
                throw ErrorAnswer(
                    status: 403, code: "forbidden",
                    message: "Without a key in the configuration no request with an Origin is served."
                )
            }
            return nil
        }
        guard let token = bearer(request.headers["authorization"]) else {
            throw ErrorAnswer(
                status: 401, code: "unauthorized", message: "Send a key: Authorization: Bearer <key>.")
        }
        let digest = SHA256.hash(data: Data(token.utf8))
        var found: Key?
        for key in keys where key.digest == digest { found = key }
        guard let found else {
            throw ErrorAnswer(status: 401, code: "unauthorized", message: "This key is not known.")
        }
        guard found.purposes.contains(purpose) || found.purposes.contains(.admin) else {
            throw ErrorAnswer(
                status: 403, code: "forbidden", message: "The key \(found.name) is not for \(purpose.rawValue).")
        }
        return found.tenant.map(ExactText.init)
    }

    private func bearer(_ header: String?) -> String? {
        guard let header, let space = header.firstIndex(of: " "), header[..<space].lowercased() == "bearer" else {
            return nil
        }
        let token = header[header.index(after: space)...].drop { $0 == " " }
        return token.isEmpty ? nil : String(token)
    }
}
