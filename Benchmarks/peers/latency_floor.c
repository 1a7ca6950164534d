/* The floor of the latency from dispatch to webhook: one durable COMMIT and one POST after it, open loop: late starts count.
   latency_floor DATABASE_SOCKET DATABASE URL RATE COUNT BODY_FILE */
#include "timing.h"
#include "writer.h"
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>

static size_t ignore(char *bytes, size_t size, size_t count, void *unused) {
    (void)bytes, (void)unused;
    return size * count;
}

int main(int count, char **arguments) {
    if (count != 7) return 2;
    struct writer *writer = writer_open(arguments[1], arguments[2]);
    int rate = atoi(arguments[4]), posts = atoi(arguments[5]), lost = 0, done = 0;
    int64_t *delays = calloc(posts, sizeof *delays);
    static char body[16 << 10];
    FILE *file = fopen(arguments[6], "rb");
    if (!file || !delays) return 1;
    struct event event = {.payload = body, .payload_length = fread(body, 1, sizeof body, file)};
    struct event *events[1] = {&event};
    fclose(file);
    CURL *easy = curl_easy_init();
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    curl_easy_setopt(easy, CURLOPT_URL, arguments[3]);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)event.payload_length);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, ignore);
    int64_t start = now();
    for (int i = 0; i < posts; i++) {
        int64_t due = start + i * 1000000000LL / rate;
        sleep_until(due);
        if (writer_insert(writer, events, 1) || curl_easy_perform(easy) != CURLE_OK) lost++;
        else delays[done++] = now() - due;
    }
    print_delays(delays, done, lost);
    return 0;
}
