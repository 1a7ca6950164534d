#pragma once
#include <curl/curl.h>

// libcurl is loaded when a first transfer needs it: with it come some thirty libraries, which cost a process that sends
// nothing, such as a cron run that finds the queue empty, more time than all that it does.

/// The functions of libcurl that are called.
#define CCURL_FUNCTIONS(F) \
    F(version_info) F(global_init) F(easy_init) F(easy_cleanup) F(easy_reset) F(easy_strerror) F(easy_header) F(slist_append) \
    F(slist_free_all) F(mime_init) F(mime_free) F(mime_addpart) F(mime_subparts) F(mime_data) F(mime_type) \
    F(mime_encoder) F(mime_filename) F(multi_init) F(multi_cleanup) F(multi_add_handle) \
    F(multi_remove_handle) F(multi_socket_action) F(multi_info_read) F(easy_setopt) F(easy_getinfo) \
    F(multi_setopt)

struct CCurl_functions {
#define CCURL_FIELD(name) __typeof__(curl_##name) *name;
    CCURL_FUNCTIONS(CCURL_FIELD)
#undef CCURL_FIELD
};

/// Empty until CCurl_load has succeeded.
extern struct CCurl_functions CCurl;

/// Loads the library. Returns NULL, or what went wrong, valid until the next call.
const char *CCurl_load(void);

/// The library's version as CURL_VERSION_BITS(major, minor, patch) writes it.
static inline unsigned int CCurl_version(void) { return CCurl.version_info(CURLVERSION_NOW)->version_num; }
static const unsigned int CCurl_least_version = CURL_VERSION_BITS(7, 87, 0);

static inline CURLcode CCurl_global_init(long flags) { return CCurl.global_init(flags); }
static inline CURL *CCurl_easy_init(void) { return CCurl.easy_init(); }
static inline void CCurl_easy_cleanup(CURL *handle) { CCurl.easy_cleanup(handle); }
static inline void CCurl_easy_reset(CURL *handle) { CCurl.easy_reset(handle); }
static inline const char *CCurl_easy_strerror(CURLcode code) { return CCurl.easy_strerror(code); }
static inline CURLHcode CCurl_easy_header(CURL *handle, const char *name, size_t index, unsigned int origin,
    int request, struct curl_header **header) {
    return CCurl.easy_header(handle, name, index, origin, request, header);
}
static inline struct curl_slist *CCurl_slist_append(struct curl_slist *list, const char *text) {
    return CCurl.slist_append(list, text);
}
static inline void CCurl_slist_free_all(struct curl_slist *list) { CCurl.slist_free_all(list); }
static inline curl_mime *CCurl_mime_init(CURL *handle) { return CCurl.mime_init(handle); }
static inline void CCurl_mime_free(curl_mime *mime) { CCurl.mime_free(mime); }
static inline curl_mimepart *CCurl_mime_addpart(curl_mime *mime) { return CCurl.mime_addpart(mime); }
static inline CURLcode CCurl_mime_subparts(curl_mimepart *part, curl_mime *parts) {
    return CCurl.mime_subparts(part, parts);
}
static inline CURLcode CCurl_mime_data(curl_mimepart *part, const char *data, size_t size) {
    return CCurl.mime_data(part, data, size);
}
static inline CURLcode CCurl_mime_type(curl_mimepart *part, const char *type) { return CCurl.mime_type(part, type); }
static inline CURLcode CCurl_mime_encoder(curl_mimepart *part, const char *encoding) {
    return CCurl.mime_encoder(part, encoding);
}
static inline CURLcode CCurl_mime_filename(curl_mimepart *part, const char *name) {
    return CCurl.mime_filename(part, name);
}
static inline CURLM *CCurl_multi_init(void) { return CCurl.multi_init(); }
static inline CURLMcode CCurl_multi_cleanup(CURLM *multi) { return CCurl.multi_cleanup(multi); }
static inline CURLMcode CCurl_multi_add_handle(CURLM *multi, CURL *handle) {
    return CCurl.multi_add_handle(multi, handle);
}
static inline CURLMcode CCurl_multi_remove_handle(CURLM *multi, CURL *handle) {
    return CCurl.multi_remove_handle(multi, handle);
}
static inline CURLMcode CCurl_multi_socket_action(CURLM *multi, curl_socket_t socket, int news, int *running) {
    return CCurl.multi_socket_action(multi, socket, news, running);
}
static inline CURLMsg *CCurl_multi_info_read(CURLM *multi, int *remaining) {
    return CCurl.multi_info_read(multi, remaining);
}

// Swift imports no variadic functions. One wrapper per C type that the option's documentation names: a wrong width here
// would be silent memory corruption, so Swift never chooses it.

static inline CURLcode CCurl_easy_setopt_long(CURL *handle, CURLoption option, long value) {
    return CCurl.easy_setopt(handle, option, value);
}

static inline CURLcode CCurl_easy_setopt_offset(CURL *handle, CURLoption option, curl_off_t value) {
    return CCurl.easy_setopt(handle, option, value);
}

static inline CURLcode CCurl_easy_setopt_string(CURL *handle, CURLoption option, const char *value) {
    return CCurl.easy_setopt(handle, option, value);
}

static inline CURLcode CCurl_easy_setopt_pointer(CURL *handle, CURLoption option, void *value) {
    return CCurl.easy_setopt(handle, option, value);
}

static inline CURLcode CCurl_easy_setopt_list(CURL *handle, CURLoption option, struct curl_slist *value) {
    return CCurl.easy_setopt(handle, option, value);
}

static inline CURLcode CCurl_easy_setopt_mime(CURL *handle, curl_mime *value) {
    return CCurl.easy_setopt(handle, CURLOPT_MIMEPOST, value);
}

static inline CURLcode CCurl_easy_setopt_write(CURL *handle, curl_write_callback value) {
    return CCurl.easy_setopt(handle, CURLOPT_WRITEFUNCTION, value);
}

static inline CURLcode CCurl_easy_setopt_opensocket(CURL *handle, curl_opensocket_callback value) {
    return CCurl.easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, value);
}

static inline CURLcode CCurl_easy_setopt_prereq(CURL *handle, curl_prereq_callback value) {
    return CCurl.easy_setopt(handle, CURLOPT_PREREQFUNCTION, value);
}

static inline CURLcode CCurl_easy_getinfo_long(CURL *handle, CURLINFO info, long *value) {
    return CCurl.easy_getinfo(handle, info, value);
}

static inline CURLcode CCurl_easy_getinfo_pointer(CURL *handle, CURLINFO info, void **value) {
    return CCurl.easy_getinfo(handle, info, value);
}

static inline CURLMcode CCurl_multi_setopt_long(CURLM *multi, CURLMoption option, long value) {
    return CCurl.multi_setopt(multi, option, value);
}

static inline CURLMcode CCurl_multi_setopt_pointer(CURLM *multi, CURLMoption option, void *value) {
    return CCurl.multi_setopt(multi, option, value);
}

static inline CURLMcode CCurl_multi_setopt_socket(CURLM *multi, curl_socket_callback value) {
    return CCurl.multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, value);
}

static inline CURLMcode CCurl_multi_setopt_timer(CURLM *multi, curl_multi_timer_callback value) {
    return CCurl.multi_setopt(multi, CURLMOPT_TIMERFUNCTION, value);
}

// Macros with casts, and enumerators without a type, as constants of the type that they are used with.
static const long CCurl_global_default = CURL_GLOBAL_DEFAULT;
static const long CCurl_http_version_1_1 = CURL_HTTP_VERSION_1_1;
static const long CCurl_tls_1_2_or_newer = CURL_SSLVERSION_TLSv1_2;
static const long CCurl_usessl_none = CURLUSESSL_NONE;
static const long CCurl_usessl_try = CURLUSESSL_TRY;
static const long CCurl_usessl_all = CURLUSESSL_ALL;
static const curl_socket_t CCurl_no_socket = CURL_SOCKET_BAD;
static const curl_socket_t CCurl_timeout = CURL_SOCKET_TIMEOUT;
static const int CCurl_prereq_proceed = CURL_PREREQFUNC_OK;
static const int CCurl_prereq_abort = CURL_PREREQFUNC_ABORT;
static const unsigned int CCurl_header_of_answer = CURLH_HEADER;
