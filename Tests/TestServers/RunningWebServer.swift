/// A web server that a test talks to.
public struct RunningWebServer: Sendable {
    /// Its port on 127.0.0.1.
    public let port: Int
    /// Its main process.
    public let processID: Int32
    /// Its private directory, with its configuration and logs.
    public let directory: String

    /// The address of its root, without a slash at the end.
    public var url: String { "http://127.0.0.1:\(port)" }
}
