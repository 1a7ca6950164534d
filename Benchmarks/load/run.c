#include "run.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

void fail(const char *what) {
    fprintf(stderr, "%s: %s\n", what, strerror(errno));
    exit(1);
}

void watch(struct run *run, int descriptor, struct source *source) {
    struct epoll_event interest = {.events = EPOLLIN, .data.ptr = source};
    if (epoll_ctl(run->poll, EPOLL_CTL_ADD, descriptor, &interest)) fail("epoll_ctl");
}

void serve(struct run *run, int milliseconds) {
    struct epoll_event ready[64];
    int found = epoll_wait(run->poll, ready, 64, milliseconds);
    for (int i = 0; i < found; i++) ((struct source *)ready[i].data.ptr)->ready(run, ready[i].data.ptr);
}

int64_t due(const struct run *run, int number) { return run->start + number * run->interval; }

int write_payload(char *payload, int number) {
    static char padding[PAYLOAD_BYTES - 64];
    if (!padding[0]) memset(padding, 'x', sizeof padding - 1);
    return snprintf(payload, PAYLOAD_BYTES, "{\"seq\":%d,\"pad\":\"%s\"}", number, padding);
}
