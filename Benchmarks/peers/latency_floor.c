/* The floor of the latency from dispatch to webhook: one durable COMMIT and one POST after it, to the receiver that ours is timed
   at, until it has it. Open loop: late starts count.
   latency_floor DATABASE_SOCKET DATABASE RATE COUNT */
#include "../load/run.h"
#include "timing.h"
#include "writer.h"
#include <curl/curl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>

static size_t ignore(char *bytes, size_t size, size_t count, void *unused) {
    (void)bytes, (void)unused;
    return size * count;
}

static void *receive(void *pointer) {
    struct run *run = pointer;
    while (run->arrived < run->count) serve(run, -1);
    return NULL;
}

static CURL *open_poster(int port) {
    static char url[64];
    snprintf(url, sizeof url, "http://127.0.0.1:%d/0", port);
    CURL *easy = curl_easy_init();
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, curl_slist_append(NULL, "Content-Type: application/json"));
    curl_easy_setopt(easy, CURLOPT_FAILONERROR, 1L);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, ignore);
    return easy;
}

int main(int count, char **arguments) {
    if (count != 5) return 2;
    struct writer *writer = writer_open(arguments[1], arguments[2]);
    struct run run = {.poll = epoll_create1(EPOLL_CLOEXEC), .interval = 1000000000LL / atoi(arguments[3]),
                      .count = atoi(arguments[4]), .endpoints = 1, .hanging = -1};
    run.received = calloc(run.count, sizeof *run.received);
    CURL *easy = open_poster(sink_start(&run));
    pthread_t receiver;
    if (!run.received || pthread_create(&receiver, NULL, receive, &run)) fail("start");
    run.start = now() + 50000000;
    for (int i = 0; i < run.count; i++) {
        char payload[PAYLOAD_BYTES];
        struct event event = {.payload = payload, .payload_length = write_payload(payload, i)}, *events[1] = {&event};
        sleep_until(due(&run, i));
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, payload);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)event.payload_length);
        if (writer_insert(writer, events, 1) || curl_easy_perform(easy) != CURLE_OK) {
            fprintf(stderr, "event %d was not delivered\n", i);
            return 1;
        }
    }
    pthread_join(receiver, NULL);
    for (int i = 0; i < run.count; i++) run.received[i] -= due(&run, i);
    print_delays(run.received, run.count, 0);
    return 0;
}
