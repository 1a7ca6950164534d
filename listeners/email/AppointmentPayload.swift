import FoundationEssentials

/// What Easy!Appointments says about an appointment; only what a mail needs of it.
struct AppointmentPayload: Decodable {
    struct Appointment: Decodable {
        /// `yyyy-MM-dd HH:mm:ss` on the provider's clock, as `end_datetime`.
        let start_datetime: String
        let end_datetime: String
        let location: String?
        let notes: String?
        let status: String?
        let hash: String?
    }

    struct Service: Decodable {
        let name: String
        let description: String?
    }

    struct Person: Decodable {
        struct Settings: Decodable {
            let notifications: Flag?
        }

        let first_name: String?
        let last_name: String?
        let email: String?
        let phone_number: String?
        let address: String?
        let timezone: String?
        let language: String?
        let settings: Settings?

        var name: String { [first_name, last_name].compactMap { $0 }.filter { !$0.isEmpty }.joined(separator: " ") }
    }

    struct Company: Decodable {
        let company_name: String?
        let company_link: String?
        let company_email: String?
        let company_color: String?
        let date_format: String?
        let time_format: String?
        let customer_notifications: Flag?
    }

    let appointment: Appointment
    let service: Service
    let provider: Person
    let customer: Person
    let settings: Company
    let manage_mode: Flag?
    let cancellation_reason: String?
    let ics_stream: String?

    /// - Throws: `Problem` that names what is missing or of another kind than it should be.
    init(_ payload: [UInt8]) throws(Problem) {
        do {
            self = try JSONDecoder().decode(Self.self, from: Data(payload))
        } catch let DecodingError.keyNotFound(key, context) {
            throw Problem(text: "the payload has no \(Self.path(context.codingPath + [key]))")
        } catch let DecodingError.typeMismatch(_, context) {
            throw Problem(text: "the payload's \(Self.path(context.codingPath)) is not what it should be")
        } catch let DecodingError.valueNotFound(_, context) {
            throw Problem(text: "the payload's \(Self.path(context.codingPath)) is null")
        } catch {
            throw Problem(text: "the payload cannot be read")
        }
    }

    /// What is wrong with a payload, without any of its values.
    struct Problem: Error {
        let text: String
    }

    private static func path(_ keys: [any CodingKey]) -> String {
        keys.isEmpty ? "content" : keys.map(\.stringValue).joined(separator: ".")
    }
}
