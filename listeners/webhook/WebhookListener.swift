import CurlClient
import EventModel
import FoundationEssentials
import ListenerKit
import RequestSigning

/// Posts deliveries to one address.
struct WebhookListener: Listener {
    /// Nobody reads the answer's body: it is taken only so that the connection can be kept.
    private static let maxResponseBytes = 65_536

    let client: CurlClient
    let configuration: WebhookConfiguration

    func deliver(_ delivery: Delivery) async -> Outcome {
        let body = configuration.format.body(of: delivery.event, sender: configuration.sender)
        let request = HTTPRequest(
            url: configuration.url,
            headers: headers(of: delivery, body: body),
            body: body,
            timeout: delivery.timeout,
            notAfter: delivery.notAfter,
            connectTimeout: min(configuration.connectTimeout, delivery.timeout),
            maxResponseBytes: Self.maxResponseBytes,
            verifiesTLS: configuration.verifiesTLS,
            allowsPrivateAddresses: configuration.allowsPrivateAddresses
        )
        return Outcome(await client.perform(request))
    }

    private func headers(of delivery: Delivery, body: [UInt8]) -> [(name: String, value: String)] {
        let event = delivery.event
        let id = Self.messageID(of: delivery)
        let timestamp = Int(Date().timeIntervalSince1970)
        let prefix = configuration.headerPrefix
        var headers = configuration.fixedHeaders
        headers.append(("webhook-id", id))
        headers.append(("webhook-timestamp", String(timestamp)))
        if !configuration.secrets.isEmpty {
            let signature = StandardWebhooks.signature(
                id: id, timestamp: timestamp, body: body, secrets: configuration.secrets)
            headers.append(("webhook-signature", signature))
        }
        headers.append((prefix + "Event-ID", event.uuid))
        headers.append((prefix + "Event-Type", HeaderText.encoded(event.name)))
        if let instance = event.instance { headers.append((prefix + "Instance-ID", HeaderText.encoded(instance))) }
        headers.append((prefix + "Delivery-Attempt", String(delivery.attempt)))
        if let requestID = event.requestID { headers.append(("X-Request-ID", HeaderText.encoded(requestID))) }
        return headers
    }

    /// The delivery's identity without full stops, which separate what Standard Webhooks signs.
    private static func messageID(of delivery: Delivery) -> String {
        let id = HeaderText.encoded(delivery.id)
        let stop = UInt8(ascii: ".")
        guard id.utf8.contains(stop) else { return id }
        return String(decoding: id.utf8.map { $0 == stop ? UInt8(ascii: "_") : $0 }, as: UTF8.self)
    }
}
