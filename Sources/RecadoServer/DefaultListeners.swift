import CurlClient
import DiscardListener
import EmailListener
import ExecListener
import ListenerKit
import Logging
import WebhookListener

/// The transports that this program has: the one list of registrations.
enum DefaultListeners {
    /// - Parameter templatesDirectory: where the templates of messages are.
    static func transports(clients: TransferClients, templatesDirectory: String) -> [any Transport] {
        [
            EmailTransport(client: clients.mail, templatesDirectory: templatesDirectory),
            WebhookTransport(client: clients.web),
            ExecTransport(),
            DiscardTransport(),
        ]
    }
}

/// The transfer loops. Mail has one of its own: saying goodbye to a mail server that hangs must not hold up webhooks.
struct TransferClients: Sendable {
    let web: CurlClient
    let mail: CurlClient

    init(logger: Logger) {
        // Each listener has its own limit of deliveries in flight. One per host would let a listener that hangs keep another one,
        // which happens to have the same host, from its connections.
        let configuration = CurlClient.Configuration(
            maxConnectionsPerHost: 0, userAgent: "Recado/\(Installation.version)")
        web = CurlClient(configuration: configuration, logger: logger)
        mail = CurlClient(configuration: configuration, logger: logger)
    }

    func shutdown() async {
        await web.shutdown()
        await mail.shutdown()
    }
}
