import Crypto
import FoundationEssentials

/// Signatures as standardwebhooks.com has them: HMAC-SHA256 over `id.timestamp.body`.
public enum StandardWebhooks {
    /// The value of `webhook-signature`: `v1,<base64>` for each secret, separated by spaces, so that a receiver accepts the
    /// old and the new one while a secret is changed.
    ///
    /// - Parameters:
    ///   - id: the value of `webhook-id`: the same for every attempt, and without a full stop, which separates what is signed.
    ///   - timestamp: the value of `webhook-timestamp`: seconds since 1970, new for every attempt.
    ///   - body: the body exactly as it is sent.
    public static func signature(id: String, timestamp: Int, body: [UInt8], secrets: [SigningSecret]) -> String {
        secrets.map { signature(id: id, timestamp: timestamp, body: body, secret: $0) }.joined(separator: " ")
    }

    /// The signature by one secret: `v1,<base64>`.
    public static func signature(id: String, timestamp: Int, body: [UInt8], secret: SigningSecret) -> String {
        var code = HMAC<SHA256>(key: secret.key)
        code.update(data: Array("\(id).\(timestamp).".utf8))
        code.update(data: body)
        return "v1," + Data(code.finalize()).base64EncodedString()
    }
}
