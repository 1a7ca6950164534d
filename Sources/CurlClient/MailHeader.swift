import FoundationEssentials
import Glibc

/// The header of a mail: RFC 5322, with RFC 2047's encoded words where plain ASCII does not do.
enum MailHeader {
    /// How long a line with an encoded word may be: RFC 2047, section 2.
    static let maximumLineLength = 76
    /// How long an encoded word may be, its delimiters included.
    static let maximumWordLength = 75

    /// Each field, folded; without the MIME fields.
    static func lines(of mail: Mail) -> [String] {
        var lines = [
            "Date: \(date(mail.date))",
            mailbox("From", mail.from),
            mailbox("To", mail.to),
        ]
        if let replyTo = mail.replyTo { lines.append(mailbox("Reply-To", replyTo)) }
        lines.append("Subject: \(text(mail.subject, after: "Subject: ".count))")
        lines.append("Message-ID:\(fold)<\(identifier(mail.messageID))>")
        return lines
    }

    /// A line break within a field.
    private static let fold = "\r\n "

    private static func mailbox(_ field: String, _ mailbox: Mailbox) -> String {
        let name = singleLine(mailbox.name)
        if name.isEmpty { return "\(field):\(fold)<\(mailbox.address)>" }
        return "\(field): \(phrase(name, after: field.count + 2))\(fold)<\(mailbox.address)>"
    }

    /// A name as a quoted string where it is short plain ASCII, else in encoded words.
    private static func phrase(_ name: String, after column: Int) -> String {
        let quoted = name.reduce(into: "\"") { result, character in
            if character == "\"" || character == "\\" { result.append("\\") }
            result.append(character)
        }
        return isPlain(name) && column + quoted.count + 1 <= maximumLineLength
            ? quoted + "\"" : encodedWords(name, after: column)
    }

    static func text(_ text: String, after column: Int) -> String {
        let text = singleLine(text)
        return isPlain(text) && column + text.utf8.count <= maximumLineLength
            ? text : encodedWords(text, after: column)
    }

    /// `text` in base64 words, none of which cuts a character in two, each on a line of its own.
    ///
    /// - Parameter column: how much of the first line is taken.
    static func encodedWords(_ text: String, after column: Int) -> String {
        let prefix = "=?UTF-8?B?"
        let suffix = "?="
        var words: [String] = []
        var pending: [UInt8] = []
        var room = capacity(maximumLineLength - column, prefix.count + suffix.count)
        func flush() {
            words.append(prefix + Data(pending).base64EncodedString() + suffix)
            pending.removeAll()
            room = capacity(maximumLineLength - 1, prefix.count + suffix.count)
        }
        for scalar in text.unicodeScalars {
            let bytes = UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter
            if pending.count + bytes.count > room { flush() }
            pending += bytes
        }
        if !pending.isEmpty { flush() }
        return words.joined(separator: fold)
    }

    /// How many bytes fit into an encoded word on a line with `room` characters left.
    private static func capacity(_ room: Int, _ delimiters: Int) -> Int {
        (min(room, maximumWordLength) - delimiters) / 4 * 3
    }

    /// Line breaks and other control characters become spaces: nothing gets out of its field.
    private static func singleLine(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            result.append(scalar.properties.generalCategory == .control ? " " : scalar)
        }
        return String(result)
    }

    private static func isPlain(_ text: String) -> Bool {
        text.utf8.allSatisfy { (0x20...0x7E).contains($0) } && !text.contains("=?")
    }

    /// Whatever cannot stand in a message identifier becomes a hyphen.
    private static func identifier(_ text: String) -> String {
        String(
            decoding: text.utf8.map { byte in
                (0x21...0x7E).contains(byte) && !#"<>()[],;:\""#.utf8.contains(byte) ? byte : UInt8(ascii: "-")
            }, as: UTF8.self)
    }

    /// `Sun, 06 Nov 1994 08:49:37 +0000`
    private static func date(_ date: Date) -> String {
        var seconds = time_t(date.timeIntervalSince1970.rounded(.down))
        var parts = tm()
        gmtime_r(&seconds, &parts)
        let weekday = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"][Int(parts.tm_wday)]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let day = "\(twoDigits(parts.tm_mday)) \(months[Int(parts.tm_mon)]) \(parts.tm_year + 1900)"
        let clock = [parts.tm_hour, parts.tm_min, parts.tm_sec].map(twoDigits).joined(separator: ":")
        return "\(weekday), \(day) \(clock) +0000"
    }

    private static func twoDigits(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
