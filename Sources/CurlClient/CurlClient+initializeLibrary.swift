import CCurl
import Synchronization

extension CurlClient {
    /// Initialises libcurl, once in the process. Called from `main` before there are other threads (curl_global_init(3));
    /// further calls do nothing.
    public static func initializeLibrary() {
        initialization.withLock { isDone in
            guard !isDone else { return }
            let result = curl_global_init(CCurl_global_default)
            precondition(result == CURLE_OK, "curl_global_init failed with \(result.rawValue)")
            isDone = true
        }
    }

    static var isLibraryInitialized: Bool { initialization.withLock { $0 } }

    private static let initialization = Mutex(false)
}
