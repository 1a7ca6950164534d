/// One HTTP request. HTTP/1.1 only, with keep-alive; redirects are answers, not followed; no proxy, whatever the environment
/// says.
public struct HTTPRequest: Sendable {
    /// Upper case: `POST`.
    public var method: String
    /// An absolute `http://` or `https://` address.
    public var url: String
    /// Sent in this order. A name or value with a line break, NUL or other control character is refused.
    public var headers: [(name: String, value: String)]
    public var body: [UInt8]
    /// From submission to the last byte of the answer.
    public var timeout: Duration
    /// Until when it may be begun, nil for ever; `cancelled` is the answer after that.
    public var notAfter: ContinuousClock.Instant?
    /// For the name look-up, the connection and its TLS handshake together.
    public var connectTimeout: Duration
    /// How much of the answer's body is kept. What is longer is cut, and the connection with it: see
    /// ``HTTPResponse/isComplete``.
    public var maxResponseBytes: Int
    /// Whether the certificate must be valid and name the host.
    public var verifiesTLS: Bool
    /// Whether private, loopback, link-local and other non-public addresses may be connected to.
    public var allowsPrivateAddresses: Bool

    public init(
        method: String = "POST",
        url: String,
        headers: [(name: String, value: String)] = [],
        body: [UInt8] = [],
        timeout: Duration = .seconds(30),
        notAfter: ContinuousClock.Instant? = nil,
        connectTimeout: Duration = .seconds(10),
        maxResponseBytes: Int = 65_536,
        verifiesTLS: Bool = true,
        allowsPrivateAddresses: Bool = false
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeout = timeout
        self.notAfter = notAfter
        self.connectTimeout = connectTimeout
        self.maxResponseBytes = maxResponseBytes
        self.verifiesTLS = verifiesTLS
        self.allowsPrivateAddresses = allowsPrivateAddresses
    }
}
