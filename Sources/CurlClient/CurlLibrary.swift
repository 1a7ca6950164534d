import CCurl
import Synchronization

/// libcurl, which is loaded by the first transfer of the process.
enum CurlLibrary {
    private static let isReady = Mutex(false)

    /// Loads and initialises libcurl, unless that is done. Where it fails, the next call tries again.
    ///
    /// It may be initialised beside other threads: `threadsafe` in curl_version_info(3), from version 7.84 on.
    ///
    /// - Throws: `failed` with what the loader or libcurl says.
    static func load() throws(TransferError) {
        try isReady.withLock { isReady throws(TransferError) in
            guard !isReady else { return }
            if let reason = CCurl_load() { throw problem("cannot be loaded: \(String(cString: reason))") }
            // The youngest option that is set, CURLOPT_QUICK_EXIT, is of that version.
            guard CCurl_version() >= CCurl_least_version else { throw problem("is older than 7.87") }
            let result = CCurl_global_init(CCurl_global_default)
            guard result == CURLE_OK else {
                throw problem("cannot be initialised: \(String(cString: CCurl_easy_strerror(result)))")
            }
            isReady = true
        }
    }

    private static func problem(_ text: String) -> TransferError { TransferError(.failed, "libcurl \(text)") }
}
