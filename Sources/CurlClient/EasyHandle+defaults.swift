import CCurl

extension EasyHandle {
    /// The options that every transfer has.
    func setDefaults(_ configuration: CurlClient.Configuration) throws(TransferError) {
        // No signals for time-outs of the name look-up: the process has threads. CURLOPT_NOSIGNAL(3).
        set(CURLOPT_NOSIGNAL, 1)
        // Without it, ending a transfer during its name look-up waits for the look-up, and every other transfer with it.
        set(CURLOPT_QUICK_EXIT, 1)
        set(CURLOPT_SSLVERSION, CCurl_tls_1_2_or_newer)
        // The buffer for requests over TLS is 64 KiB a handle unless told; 16 KiB is the least.
        set(CURLOPT_UPLOAD_BUFFERSIZE, 16_384)
        // An empty string means no proxy, whatever http_proxy says: the address guard has to see the receiver itself.
        try set(CURLOPT_PROXY, "")
        try set(CURLOPT_USERAGENT, configuration.userAgent)
        if let path = configuration.certificateAuthorities { try set(CURLOPT_CAINFO, path) }
    }
}
