import CCurl

/// A libcurl easy handle with what its options point to.
///
/// "You must never share the same handle in multiple threads" (libcurl-thread(3)): only the loop's thread touches it.
final class EasyHandle {
    let pointer: UnsafeMutableRawPointer
    private var list: UnsafeMutablePointer<curl_slist>?
    private var recipients: UnsafeMutablePointer<curl_slist>?
    private var mime: OpaquePointer?
    /// Whose options are set; nil for a handle as good as new.
    private(set) var receiver: HTTPReceiver?

    /// Nil when memory is short.
    init?() {
        guard let pointer = CCurl_easy_init() else { return nil }
        self.pointer = pointer
    }

    deinit {
        CCurl_easy_cleanup(pointer)
        freeLists()
    }

    /// Back to the state of a new handle; connections and the name cache live in the multi handle and stay.
    func reset() {
        CCurl_easy_reset(pointer)
        freeLists()
        receiver = nil
    }

    /// Sets what requests to `receiver` have in common, unless that is done already.
    func prepare(for receiver: HTTPReceiver) throws(TransferError) {
        guard self.receiver != receiver else { return }
        try receiver.apply(to: self)
        self.receiver = receiver
    }

    /// Gives up what the next request to the same receiver does not need, above all the body. Setting one, even none, makes the
    /// request a POST.
    ///
    /// What libcurl is to call still points to the last transfer; it calls nobody for a handle that is not in a multi handle.
    func rest() {
        guard let receiver else { return reset() }
        if receiver.hasBody { CCurl_easy_setopt_pointer(pointer, CURLOPT_COPYPOSTFIELDS, nil) }
    }

    func set(_ option: CURLoption, _ value: Int) {
        let result = CCurl_easy_setopt_long(pointer, option, value)
        precondition(result == CURLE_OK, "curl_easy_setopt(\(option.rawValue)) failed with \(result.rawValue)")
    }

    /// libcurl copies `value`.
    ///
    /// - Throws: `invalidRequest` for text with a NUL, which C would cut there, and for text of more than 8 MB.
    func set(_ option: CURLoption, _ value: String) throws(TransferError) {
        guard !value.utf8.contains(0), CCurl_easy_setopt_string(pointer, option, value) == CURLE_OK else {
            throw TransferError(.invalidRequest, "libcurl does not take the value of option \(option.rawValue)")
        }
    }

    func set(_ option: CURLoption, _ value: UnsafeMutableRawPointer) {
        let result = CCurl_easy_setopt_pointer(pointer, option, value)
        precondition(result == CURLE_OK, "curl_easy_setopt(\(option.rawValue)) failed with \(result.rawValue)")
    }

    /// Whole milliseconds, rounded up: libcurl takes 0 for "no limit".
    func set(_ option: CURLoption, _ value: Duration) {
        let (seconds, attoseconds) = value.components
        set(option, max(1, Int(seconds) * 1000 + Int((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)))
    }

    /// The body of a request; copied.
    func setBody(_ bytes: [UInt8]) {
        CCurl_easy_setopt_offset(pointer, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(bytes.count))
        bytes.withUnsafeBytes { buffer in
            _ = CCurl_easy_setopt_pointer(
                pointer, CURLOPT_COPYPOSTFIELDS, UnsafeMutableRawPointer(mutating: buffer.baseAddress))
        }
    }

    /// Whole header lines without line break, or folded by `\r\n `.
    func setHeaders(_ lines: [String]) {
        let previous = list
        list = nil
        for line in lines { list = CCurl_slist_append(list, line) }
        CCurl_easy_setopt_list(pointer, CURLOPT_HTTPHEADER, list)
        CCurl_slist_free_all(previous)
    }

    func setRecipients(_ addresses: [String]) {
        for address in addresses { recipients = CCurl_slist_append(recipients, address) }
        CCurl_easy_setopt_list(pointer, CURLOPT_MAIL_RCPT, recipients)
    }

    /// Makes the MIME body out of `parts`.
    func setParts(_ build: (OpaquePointer) -> Void) throws(TransferError) {
        guard let mime = CCurl_mime_init(pointer) else { throw TransferError(.failed, "memory is short") }
        self.mime = mime
        build(mime)
        CCurl_easy_setopt_mime(pointer, mime)
    }

    func integer(_ info: CURLINFO) -> Int {
        var value = 0
        CCurl_easy_getinfo_long(pointer, info, &value)
        return value
    }

    /// The value of the last answer's first header of that name.
    func header(_ name: String) -> String? {
        var header: UnsafeMutablePointer<curl_header>?
        guard CCurl_easy_header(pointer, name, 0, CCurl_header_of_answer, -1, &header) == CURLHE_OK, let header else {
            return nil
        }
        return String(cString: header.pointee.value)
    }

    private func freeLists() {
        CCurl_slist_free_all(list)
        CCurl_slist_free_all(recipients)
        CCurl_mime_free(mime)
        list = nil
        recipients = nil
        mime = nil
    }
}
