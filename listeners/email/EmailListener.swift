import CurlClient
import EventModel
import ListenerKit

/// Mails customer and provider.
struct EmailListener: PartwiseListener, ProbingListener {
    private static let probeTimeout = Duration.seconds(10)

    let client: CurlClient
    let configuration: EmailConfiguration
    let templates: MailTemplates

    func deliver(_ delivery: Delivery, parts: DeliveryParts) async -> Outcome {
        do throws(AppointmentPayload.Problem) {
            guard let letter = try letter(for: delivery.event) else {
                return .permanent(Failure(.misconfigured, "there is no mail template for this event"))
            }
            return await send(try mails(of: letter, delivery), delivery, parts)
        } catch {
            return .permanent(Failure(.invalidPayload, error.text))
        }
    }

    func probe() async -> Failure? {
        guard case .failure(let error) = await client.check(configuration.server, timeout: Self.probeTimeout) else {
            return nil
        }
        return Failure(mailError: error)
    }

    /// Nil for events that no template is about.
    private func letter(for event: Event) throws(AppointmentPayload.Problem) -> AppointmentMail? {
        let name = EventName.normalized(event.name)
        guard ["APPOINTMENT_SAVED", "APPOINTMENT_UPDATED", "APPOINTMENT_DELETED"].contains(name) else { return nil }
        let payload = try AppointmentPayload(event.payload)
        let isChange = name == "APPOINTMENT_UPDATED" || payload.manage_mode?.isSet ?? false
        let occasion: AppointmentMail.Occasion =
            name == "APPOINTMENT_DELETED" ? .deleted : isChange ? .changed : .booked
        return AppointmentMail(payload: payload, occasion: occasion, configuration: configuration, templates: templates)
    }

    private typealias Addressed = (recipient: AppointmentMail.Recipient, mail: Mail)

    /// Every mail is written before the first is sent: a payload that lacks something mails nobody.
    private func mails(of letter: AppointmentMail, _ delivery: Delivery) throws(AppointmentPayload.Problem)
        -> [Addressed]
    {
        let order: [AppointmentMail.Recipient] =
            letter.occasion == .deleted ? [.provider, .customer] : [.customer, .provider]
        var mails: [Addressed] = []
        for recipient in order where letter.isWanted(by: recipient) {
            mails.append((recipient, try letter.mail(to: recipient, messageID: "\(delivery.id).\(recipient.rawValue)")))
        }
        return mails
    }

    /// Sends those that no attempt before has sent. Whoever has another address since is another recipient.
    private func send(_ mails: [Addressed], _ delivery: Delivery, _ parts: DeliveryParts) async -> Outcome {
        let deadline = ContinuousClock.now + delivery.timeout
        var worst = Outcome.delivered(detail: "\(mails.count) \(mails.count == 1 ? "mail" : "mails")")
        for (recipient, mail) in mails {
            let part = "\(recipient.rawValue) \(mail.to.address)"
            guard !parts.contains(part) else { continue }
            guard delivery.isOurs() else { return .putBack }
            let outcome = await send(mail, until: deadline)
            if outcome.severity > worst.severity { worst = outcome }
            if outcome.severity == 0 { parts.note(part) }
        }
        return worst
    }

    private func send(_ mail: Mail, until deadline: ContinuousClock.Instant) async -> Outcome {
        let timeout = ContinuousClock.now.duration(to: deadline)
        guard timeout > .zero else { return .retryable(Failure(.timeout, "no time was left for the second mail")) }
        switch await client.send(mail, through: configuration.server, timeout: timeout) {
        case .success: return .delivered()
        case .failure(let error): return Outcome(mailError: error)
        }
    }
}
