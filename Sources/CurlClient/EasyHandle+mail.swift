import CCurl

extension EasyHandle {
    /// Sets envelope, header and MIME body of `mail`.
    func set(_ mail: Mail) throws(TransferError) {
        try set(CURLOPT_MAIL_FROM, mail.from.address)
        setRecipients([mail.to.address])
        // Without attachments the alternatives are the mail itself; libcurl would say multipart/mixed.
        let type = mail.attachments.isEmpty ? "multipart/alternative" : "multipart/mixed"
        setHeaders(MailHeader.lines(of: mail) + ["Content-Type: \(type)"])
        guard mail.attachments.allSatisfy(\.isSound) else {
            throw TransferError(.invalidRequest, "an attachment's name or type holds characters that it must not")
        }
        let pointer = pointer
        try setParts { root in
            if mail.attachments.isEmpty {
                addAlternatives(of: mail, to: root)
            } else if let alternatives = CCurl_mime_init(pointer) {
                addAlternatives(of: mail, to: alternatives)
                let part = CCurl_mime_addpart(root)
                CCurl_mime_subparts(part, alternatives)
                CCurl_mime_type(part, "multipart/alternative")
            }
            for attachment in mail.attachments {
                let part = CCurl_mime_addpart(root)
                set(attachment.content, of: part)
                CCurl_mime_type(part, attachment.type)
                CCurl_mime_encoder(part, "base64")
                CCurl_mime_filename(part, attachment.name)
            }
        }
    }

    private func addAlternatives(of mail: Mail, to mime: OpaquePointer) {
        addText(mail.text, type: "text/plain; charset=utf-8", to: mime)
        if let html = mail.html { addText(html, type: "text/html; charset=utf-8", to: mime) }
    }

    /// Line breaks in mails are CR LF: libcurl would encode others as characters.
    private func addText(_ text: String, type: String, to mime: OpaquePointer) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count + 256)
        var previous: UInt8 = 0
        for byte in text.utf8 {
            if byte == UInt8(ascii: "\n"), previous != UInt8(ascii: "\r") { bytes.append(UInt8(ascii: "\r")) }
            bytes.append(byte)
            previous = byte
        }
        let part = CCurl_mime_addpart(mime)
        set(bytes, of: part)
        CCurl_mime_type(part, type)
        CCurl_mime_encoder(part, "quoted-printable")
    }

    /// libcurl copies the bytes.
    private func set(_ bytes: [UInt8], of part: OpaquePointer?) {
        bytes.withUnsafeBytes { buffer in
            _ = CCurl_mime_data(part, buffer.baseAddress?.assumingMemoryBound(to: CChar.self), buffer.count)
        }
    }
}

extension Mail.Attachment {
    /// Whether name and type can stand in a header as they are.
    fileprivate var isSound: Bool {
        !name.isEmpty && !name.utf8.contains { $0 < 0x20 || $0 > 0x7E || $0 == 0x22 || $0 == 0x5C }
            && !type.isEmpty && !type.utf8.contains { $0 < 0x20 || $0 > 0x7E }
    }
}
