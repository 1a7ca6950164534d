import CCurl

/// libcurl, which is loaded by the first transfer of the process.
enum CurlLibrary {
    /// Why there is no libcurl; nil where it is ready for use.
    ///
    /// From version 7.84 on it may be initialised beside other threads (`threadsafe` in curl_version_info(3)); we use functions that
    /// are younger than that.
    static let problem: TransferError? = {
        if let reason = CCurl_load() {
            return TransferError(.failed, "libcurl cannot be loaded: \(String(cString: reason))")
        }
        let result = CCurl_global_init(CCurl_global_default)
        guard result != CURLE_OK else { return nil }
        return TransferError(.failed, "libcurl cannot be initialised: \(String(cString: CCurl_easy_strerror(result)))")
    }()
}
