#pragma once
#include <curl/curl.h>

// Swift imports no variadic functions. One wrapper per C type that the option's documentation names: a wrong width here
// would be silent memory corruption, so Swift never chooses it.

static inline CURLcode CCurl_easy_setopt_long(CURL *handle, CURLoption option, long value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode CCurl_easy_setopt_offset(CURL *handle, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode CCurl_easy_setopt_string(CURL *handle, CURLoption option, const char *value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode CCurl_easy_setopt_pointer(CURL *handle, CURLoption option, void *value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode CCurl_easy_setopt_list(CURL *handle, CURLoption option, struct curl_slist *value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode CCurl_easy_setopt_mime(CURL *handle, curl_mime *value) {
    return curl_easy_setopt(handle, CURLOPT_MIMEPOST, value);
}

static inline CURLcode CCurl_easy_setopt_write(CURL *handle, curl_write_callback value) {
    return curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, value);
}

static inline CURLcode CCurl_easy_setopt_opensocket(CURL *handle, curl_opensocket_callback value) {
    return curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, value);
}

static inline CURLcode CCurl_easy_setopt_prereq(CURL *handle, curl_prereq_callback value) {
    return curl_easy_setopt(handle, CURLOPT_PREREQFUNCTION, value);
}

static inline CURLcode CCurl_easy_getinfo_long(CURL *handle, CURLINFO info, long *value) {
    return curl_easy_getinfo(handle, info, value);
}

static inline CURLcode CCurl_easy_getinfo_pointer(CURL *handle, CURLINFO info, void **value) {
    return curl_easy_getinfo(handle, info, value);
}

static inline CURLMcode CCurl_multi_setopt_long(CURLM *multi, CURLMoption option, long value) {
    return curl_multi_setopt(multi, option, value);
}

static inline CURLMcode CCurl_multi_setopt_pointer(CURLM *multi, CURLMoption option, void *value) {
    return curl_multi_setopt(multi, option, value);
}

static inline CURLMcode CCurl_multi_setopt_socket(CURLM *multi, curl_socket_callback value) {
    return curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, value);
}

static inline CURLMcode CCurl_multi_setopt_timer(CURLM *multi, curl_multi_timer_callback value) {
    return curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, value);
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
