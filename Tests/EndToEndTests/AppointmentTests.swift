import FoundationEssentials
import TestServers
import Testing

extension EndToEnd {
    @Suite("A saved appointment") struct AppointmentTests {
        @Test func `dispatched by PHP becomes mails for customer and provider and a signed webhook`() async throws {
            let secret = "whsec_" + Data((1...32).map { UInt8($0) }).base64EncodedString()
            try await SMTPSink.with { mails in
                try await WebhookSink.with { hooks in
                    let listeners = """
                        event_listeners:
                          appointment.saved: [email, crm]
                        listeners:
                        \(Site.email("email", port: mails.port, ["base_url: https://salon.example/app"]))
                        \(Site.webhook("crm", hooks.url("/crm"), ["secret: \(secret)"]))
                        """
                    try await Site.with(listeners) { site in
                        try await site.serve()
                        _ = try site.start("work")
                        let php = try await PHPScript.run(Self.script, at: site.url)
                        #expect(php == "stored\n")

                        let received = try await mails.waitForMails(count: 2)
                        #expect(received.map(\.recipients) == [["ana@customer.example"], ["rui@salon.example"]])
                        #expect(received.allSatisfy { $0.sender == "noreply@salon.example" })
                        #expect(received[0].text.contains("Subject: Your appointment has been successfully booked"))
                        #expect(received[1].text.contains("Subject: A new appointment has been added to your plan."))

                        let request = try #require(try await hooks.waitForRequests(count: 1).first)
                        #expect(request.text.contains(#""hash":"k3v9q2m7x1zt""#))
                        try await Self.verify(request, secret: secret)
                        try await site.waitForProcessed(1)
                    }
                }
            }
        }

        /// Checks a Standard Webhooks signature with Python's own HMAC.
        private static func verify(_ request: ReceivedRequest, secret: String) async throws {
            let program = """
                import base64, hashlib, hmac, sys
                key = base64.b64decode(sys.argv[1].removeprefix("whsec_"))
                body = base64.b64decode(sys.stdin.read())
                content = f"{sys.argv[2]}.{sys.argv[3]}.".encode() + body
                print("v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode(), end="")
                """
            let id = try #require(request.headers["webhook-id"])
            let timestamp = try #require(request.headers["webhook-timestamp"])
            let computed = try await FinishedProgram.run(
                "/usr/bin/python3", ["-c", program, secret, id, timestamp], input: request.body.base64EncodedString())
            #expect(request.headers["webhook-signature"] == computed.output)
            #expect(abs((Double(timestamp) ?? 0) - request.time) < 5)
        }

        private static let script = """
            $dispatcher = new Event_dispatcher();
            $stored = $dispatcher->dispatch(Event_dispatcher::EVENT_APPOINTMENT_SAVED, [
                'event' => 'appointment.saved',
                'appointment' => [
                    'id' => 311, 'create_datetime' => '2026-03-02 09:14:07', 'update_datetime' => '2026-03-02 09:14:07',
                    'book_datetime' => '2026-03-02 09:14:07', 'start_datetime' => '2026-08-20 17:30:00',
                    'end_datetime' => '2026-08-20 18:00:00', 'location' => 'Rua Nova 7', 'notes' => 'Por favor às horas',
                    'hash' => 'k3v9q2m7x1zt', 'color' => '#7cbae8', 'status' => 'Booked', 'is_unavailability' => false,
                    'id_users_provider' => 2, 'id_users_customer' => 19, 'id_services' => 4,
                    'id_google_calendar' => null, 'id_caldav_calendar' => null,
                ],
                'service' => [
                    'id' => 4, 'name' => 'Corte & barba', 'duration' => 30, 'price' => 25.0, 'currency' => 'EUR',
                    'description' => '', 'availabilities_type' => 'flexible', 'attendants_number' => 1,
                ],
                'provider' => [
                    'id' => 2, 'first_name' => 'Rui', 'last_name' => 'Alves', 'email' => 'rui@salon.example',
                    'phone_number' => '+351 210 000 002', 'timezone' => 'Europe/Lisbon', 'language' => 'english',
                    'settings' => ['username' => 'rui', 'notifications' => true, 'calendar_view' => 'default'],
                    'services' => [4],
                ],
                'customer' => [
                    'id' => 19, 'first_name' => 'Ana', 'last_name' => 'Prado', 'email' => 'ana@customer.example',
                    'phone_number' => '+351 210 000 019', 'address' => '', 'city' => 'Porto', 'zip_code' => '4000-001',
                    'timezone' => 'Europe/Lisbon', 'language' => 'english', 'custom_field_1' => null,
                ],
                'settings' => [
                    'company_name' => 'Salon Exemplo', 'company_link' => 'https://salon.example',
                    'company_email' => 'office@salon.example', 'company_color' => null, 'date_format' => 'DMY',
                    'time_format' => 'military', 'customer_notifications' => '1',
                ],
                'manage_mode' => false,
            ]);
            echo $stored ? "stored\\n" : "not stored\\n";
            """
    }
}
