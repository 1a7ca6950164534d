/* The limit of sending: curl multi on one thread, keep-alive, posting the same bodies that the worker posts, no queue.
   webhook_poster URL COUNT IN_FLIGHT BODY_FILE */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>

static size_t ignore(char *bytes, size_t size, size_t count, void *unused) {
    (void)bytes, (void)unused;
    return size * count;
}

static char *read_file(const char *path, long *length) {
    FILE *file = fopen(path, "rb");
    char *bytes = malloc(1 << 20);
    if (!file || !bytes) exit(1);
    *length = fread(bytes, 1, 1 << 20, file);
    fclose(file);
    return bytes;
}

int main(int count, char **arguments) {
    if (count != 5) return 2;
    long posts = atol(arguments[2]), in_flight = atol(arguments[3]), started = 0, refused = 0, length;
    char *body = read_file(arguments[4], &length);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    CURLM *multi = curl_multi_init();
    curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, in_flight);
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    headers = curl_slist_append(headers, "Expect:");
    for (; started < in_flight && started < posts; started++) {
        CURL *easy = curl_easy_init();
        curl_easy_setopt(easy, CURLOPT_URL, arguments[1]);
        curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, length);
        curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, ignore);
        curl_multi_add_handle(multi, easy);
    }
    int running;
    do {
        curl_multi_perform(multi, &running);
        CURLMsg *message;
        int left;
        while ((message = curl_multi_info_read(multi, &left))) {
            CURL *easy = message->easy_handle;
            long status = 0;
            curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
            if (message->data.result != CURLE_OK || status / 100 != 2) refused++;
            curl_multi_remove_handle(multi, easy);
            if (started < posts) {
                started++;
                running++;
                curl_multi_add_handle(multi, easy);
            } else {
                curl_easy_cleanup(easy);
            }
        }
        if (running) curl_multi_poll(multi, NULL, 0, 1000, NULL);
    } while (running);
    if (refused) fprintf(stderr, "%ld posts were not answered 2xx\n", refused);
    return refused != 0;
}
