import CurlClient
import FoundationEssentials

/// Writes the mails about one appointment.
struct AppointmentMail {
    /// Who gets one.
    enum Recipient: String {
        case customer, provider
    }

    /// What happened to the appointment.
    enum Occasion {
        case booked, changed, deleted
    }

    private static let defaultColor = "#429a82"

    let payload: AppointmentPayload
    let occasion: Occasion
    let configuration: EmailConfiguration
    let templates: MailTemplates

    /// Whether `recipient` wants to hear of it: contracts of Easy!Appointments 1.5.2, `libraries/Notifications.php`.
    func isWanted(by recipient: Recipient) -> Bool {
        switch recipient {
        case .customer:
            payload.customer.email?.isEmpty == false && payload.settings.customer_notifications?.isSet ?? true
        case .provider: payload.provider.settings?.notifications?.isSet ?? false
        }
    }

    /// - Parameter messageID: without the part from `@` on.
    func mail(to recipient: Recipient, messageID: String) throws(AppointmentPayload.Problem) -> Mail {
        let person = recipient == .customer ? payload.customer : payload.provider
        guard let mailbox = Mailbox(address: person.email ?? "", name: person.name) else {
            throw AppointmentPayload.Problem(text: "the payload's \(recipient.rawValue).email is not a mail address")
        }
        let texts = templates.texts(in: person.language)
        let subject = subject(for: recipient, texts)
        let values = try values(for: recipient, person, texts, title: subject)
        let bodies = templates.render(occasion == .deleted ? .appointmentDeleted : .appointmentSaved, values)
        let name = configuration.fromName ?? payload.settings.company_name ?? ""
        let domain = configuration.from.address.split(separator: "@").last ?? ""
        return Mail(
            from: Mailbox(address: configuration.from.address, name: name) ?? configuration.from,
            to: mailbox,
            replyTo: configuration.replyTo ?? payload.settings.company_email.flatMap { Mailbox(address: $0) },
            subject: subject, text: bodies.text, html: bodies.html, attachments: attachments,
            messageID: "\(messageID)@\(domain)")
    }

    private var attachments: [Mail.Attachment] {
        guard occasion != .deleted, let calendar = payload.ics_stream, !calendar.isEmpty else { return [] }
        return [
            Mail.Attachment(
                name: "invitation.ics", type: "text/calendar; charset=utf-8", content: Array(calendar.utf8))
        ]
    }

    private func subject(for recipient: Recipient, _ texts: [String: String]) -> String {
        let key =
            switch (occasion, recipient) {
            case (.booked, .customer): "appointment_booked"
            case (.booked, .provider): "appointment_added_to_your_plan"
            case (.changed, _): "appointment_details_changed"
            case (.deleted, _): "appointment_cancelled_title"
            }
        return texts[key] ?? ""
    }

    private func message(for recipient: Recipient, _ texts: [String: String]) -> String? {
        switch (occasion, recipient) {
        case (.booked, .customer): texts["thank_you_for_appointment"]
        case (.booked, .provider): texts["appointment_link_description"]
        case (.changed, _): nil
        case (.deleted, _): texts["appointment_removed_from_schedule"]
        }
    }

    /// What the templates can show. What is empty is left out, so that sections ask for it by name.
    private func values(
        for recipient: Recipient, _ person: AppointmentPayload.Person, _ texts: [String: String], title: String
    ) throws(AppointmentPayload.Problem) -> [String: Any] {
        var values: [String: Any] = [
            "language": texts["code"] ?? "en",
            "title": title,
            "company_name": payload.settings.company_name ?? "",
            "company_color": payload.settings.company_color.flatMap { Self.isColor($0) ? $0 : nil }
                ?? Self.defaultColor,
            "details_heading": texts["appointment_details_title"] ?? "",
            "customer_heading": texts["customer_details_title"] ?? "",
            "link_heading": texts["appointment_link_title"] ?? "",
            "reason_heading": texts["reason"] ?? "",
            "details": try details(on: person.timezone, texts),
            "customer": Self.rows(
                texts, ("name", payload.customer.name), ("email", payload.customer.email),
                ("phone_number", payload.customer.phone_number), ("address", payload.customer.address)),
        ]
        values["message"] = message(for: recipient, texts)
        values["link"] = link(for: recipient)
        if let link = payload.settings.company_link, link.hasPrefix("https://") || link.hasPrefix("http://") {
            values["company_link"] = link
        }
        if let reason = payload.cancellation_reason, !reason.isEmpty { values["reason"] = reason }
        return values
    }

    private func details(
        on timezone: String?, _ texts: [String: String]
    ) throws(AppointmentPayload.Problem) -> [[String: String]] {
        let appointment = payload.appointment
        guard
            let clock = AppointmentClock(
                source: payload.provider.timezone, target: timezone, dateFormat: payload.settings.date_format,
                timeFormat: payload.settings.time_format)
        else { throw AppointmentPayload.Problem(text: "the payload's provider.timezone is not known") }
        guard let start = clock.instant(appointment.start_datetime), let end = clock.instant(appointment.end_datetime)
        else { throw AppointmentPayload.Problem(text: "the payload's appointment has no readable start or end") }
        return Self.rows(
            texts, ("service", payload.service.name), ("provider", payload.provider.name),
            ("start", clock.shown(start)),
            ("end", clock.shown(end)), ("timezone", clock.zoneLabel(at: start)), ("status", appointment.status),
            ("description", payload.service.description), ("location", appointment.location),
            ("notes", appointment.notes))
    }

    private func link(for recipient: Recipient) -> String? {
        guard occasion != .deleted, let base = configuration.baseURL, let hash = payload.appointment.hash,
            !hash.isEmpty, hash.utf8.allSatisfy({ Self.isAlphanumeric($0) })
        else { return nil }
        return "\(base)/index.php/\(recipient == .customer ? "booking" : "calendar")/reschedule/\(hash)"
    }

    private static func rows(_ texts: [String: String], _ rows: (String, String?)...) -> [[String: String]] {
        rows.compactMap { key, value in
            guard let value, !value.isEmpty else { return nil }
            return ["label": texts[key] ?? key, "value": value]
        }
    }

    /// `#rrggbb` and nothing else: it goes into a style attribute.
    private static func isColor(_ text: String) -> Bool {
        text.utf8.count == 7 && text.hasPrefix("#") && text.dropFirst().allSatisfy { $0.isASCII && $0.isHexDigit }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }
}
