#define _GNU_SOURCE
#include "../peers/timing.h"
#include "run.h"
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* A connection of the worker's to the receiver. It believes what it reads: HTTP/1.1 with Content-Length. */
struct visitor {
    struct source source;
    int descriptor;
    size_t used;
    char buffer[32 << 10];
};

static struct { struct source source; int descriptor; } listening;

/* The length of the whole request at the start of the buffer; 0 where it is not all there. */
static size_t request_length(struct visitor *visitor) {
    char *end = memmem(visitor->buffer, visitor->used, "\r\n\r\n", 4);
    if (!end) return 0;
    *end = 0;
    const char *field = strcasestr(visitor->buffer, "\r\ncontent-length:");
    *end = '\r';
    size_t whole = end + 4 - visitor->buffer + (field ? strtoul(field + 17, NULL, 10) : 0);
    return whole <= visitor->used ? whole : 0;
}

static void take_request(struct run *run, struct visitor *visitor, size_t length, int64_t at) {
    static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    const char *name = memmem(visitor->buffer, length, "\"seq\":", 6);
    int number = name ? atoi(name + 6) : -1;
    int is_known = number >= 0 && number < run->count;
    if (is_known && number % run->endpoints == run->hanging) return;
    if (is_known && !run->received[number]) {
        run->received[number] = at;
        run->arrived++;
    }
    /* Whoever has gone away needs no answer. */
    if (send(visitor->descriptor, answer, sizeof answer - 1, MSG_NOSIGNAL) < 0) return;
}

static void visitor_ready(struct run *run, struct source *source) {
    struct visitor *visitor = (struct visitor *)source;
    int64_t at = now();
    ssize_t count = recv(visitor->descriptor, visitor->buffer + visitor->used, sizeof visitor->buffer - visitor->used, 0);
    if (count <= 0) {
        close(visitor->descriptor);
        free(visitor);
        return;
    }
    visitor->used += count;
    size_t length;
    while ((length = request_length(visitor))) {
        take_request(run, visitor, length, at);
        visitor->used -= length;
        memmove(visitor->buffer, visitor->buffer + length, visitor->used);
    }
}

static void visitor_came(struct run *run, struct source *source) {
    (void)source;
    struct visitor *visitor = calloc(1, sizeof *visitor);
    visitor->source.ready = visitor_ready;
    visitor->descriptor = accept4(listening.descriptor, NULL, NULL, SOCK_CLOEXEC);
    if (visitor->descriptor < 0) fail("accept");
    watch(run, visitor->descriptor, &visitor->source);
}

int sink_start(struct run *run) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    listening.source.ready = visitor_came;
    listening.descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(listening.descriptor, (struct sockaddr *)&address, length) || listen(listening.descriptor, 1024)
        || getsockname(listening.descriptor, (struct sockaddr *)&address, &length))
        fail("listen");
    watch(run, listening.descriptor, &listening.source);
    return ntohs(address.sin_port);
}
