#define _GNU_SOURCE
#include "../peers/timing.h"
#include "run.h"
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum { CONNECTIONS = 64 };

struct client {
    struct source source;
    int descriptor;
    size_t used;
    char answer[2048];
    struct client *next;
};

static struct client *idle;
static struct { struct source source; int descriptor; } timer;

static void send_event(struct run *run, struct client *client, int number) {
    char payload[PAYLOAD_BYTES], body[PAYLOAD_BYTES + 256], request[PAYLOAD_BYTES + 512], key[64] = "";
    write_payload(payload, number);
    if (run->keys) snprintf(key, sizeof key, "\"ordering_key\":\"k%d\",", number % run->keys);
    int length = snprintf(body, sizeof body, "{\"event\":\"bench.e%d\",%s\"payload\":%s}", number % run->endpoints, key, payload);
    int size = snprintf(request, sizeof request,
                        "POST /dispatch HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
                        "Content-Length: %d\r\n\r\n%s", length, body);
    client->used = 0;
    if (send(client->descriptor, request, size, MSG_NOSIGNAL) != size) fail("send");
}

/* Sends what is due on idle connections, and sets the timer to the next one. Where no connection is idle, it is sent as soon as
   one is, and the wait counts. */
static void send_due(struct run *run) {
    while (run->sent < run->count && idle && due(run, run->sent) <= now()) {
        struct client *client = idle;
        idle = client->next;
        send_event(run, client, run->sent++);
    }
    if (run->sent >= run->count || !idle) return;
    int64_t next = due(run, run->sent);
    struct itimerspec when = {.it_value = {.tv_sec = next / 1000000000LL, .tv_nsec = next % 1000000000LL}};
    timerfd_settime(timer.descriptor, TFD_TIMER_ABSTIME, &when, NULL);
}

static void timer_fired(struct run *run, struct source *source) {
    (void)source;
    uint64_t times;
    if (read(timer.descriptor, &times, sizeof times) > 0) send_due(run);
}

/* Whether the answer is all there: nginx passes on the length that the responder gives. */
static int is_whole(struct client *client) {
    client->answer[client->used] = 0;
    const char *end = strstr(client->answer, "\r\n\r\n");
    const char *field = end ? strcasestr(client->answer, "\r\ncontent-length:") : NULL;
    return field && client->answer + client->used >= end + 4 + strtoul(field + 17, NULL, 10);
}

static void answer_ready(struct run *run, struct source *source) {
    struct client *client = (struct client *)source;
    ssize_t count = recv(client->descriptor, client->answer + client->used, sizeof client->answer - 1 - client->used, 0);
    if (count <= 0) fail("the web server closed a connection, or answered without a length");
    client->used += count;
    if (!is_whole(client)) return;
    run->answered++;
    if (memcmp(client->answer, "HTTP/1.1 2", 10)) run->refused++;
    client->next = idle;
    idle = client;
    send_due(run);
}

void dispatcher_start(struct run *run, int port) {
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    for (int i = 0; i < CONNECTIONS; i++) {
        struct client *client = calloc(1, sizeof *client);
        client->source.ready = answer_ready;
        client->descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (connect(client->descriptor, (struct sockaddr *)&address, sizeof address)) fail("connect");
        client->next = idle;
        idle = client;
        watch(run, client->descriptor, &client->source);
    }
    timer.source.ready = timer_fired;
    timer.descriptor = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
    watch(run, timer.descriptor, &timer.source);
    send_due(run);
}
