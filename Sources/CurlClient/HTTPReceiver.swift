import CCurl

/// What requests to one receiver have in common. A handle keeps these options from one to the next: libcurl parses and copies most
/// of them.
struct HTTPReceiver: Equatable {
    let url: String
    let method: String
    let hasBody: Bool
    let connectTimeout: Duration
    let verifiesTLS: Bool
    let allowsPrivateAddresses: Bool

    /// Sets the options on a handle that has none but the defaults.
    func apply(to handle: EasyHandle) throws(TransferError) {
        try handle.set(CURLOPT_PROTOCOLS_STR, "http,https")
        try handle.set(CURLOPT_URL, url)
        handle.set(CURLOPT_HTTP_VERSION, CCurl_http_version_1_1)
        handle.set(CURLOPT_FOLLOWLOCATION, 0)
        handle.set(CURLOPT_CONNECTTIMEOUT_MS, connectTimeout)
        handle.set(CURLOPT_SSL_VERIFYPEER, verifiesTLS ? 1 : 0)
        handle.set(CURLOPT_SSL_VERIFYHOST, verifiesTLS ? 2 : 0)
        if method == "HEAD" {
            handle.set(CURLOPT_NOBODY, 1)
        } else if method != (hasBody ? "POST" : "GET") {
            try handle.set(CURLOPT_CUSTOMREQUEST, method)
        }
    }
}
