#pragma once
#include <stdint.h>

/* One run: dispatches at a fixed rate whatever the answers do, and a receiver of the webhooks they become. */
struct run {
    int poll;
    int count, keys, endpoints;
    /* Deliveries to this endpoint are read and never answered, nor counted; -1: none. */
    int hanging;
    int64_t start, interval;
    /* By sequence number: when it was received, 0 before; and whether it was refused. */
    int64_t *received;
    int sent, answered, refused, arrived, expected;
};

/* What an epoll event points to: the first member of each connection. */
struct source {
    void (*ready)(struct run *run, struct source *source);
};

/* When event `number` is to be sent. A delay is counted from here, so that a late start counts as waiting. */
int64_t due(const struct run *run, int number);

/* What is sent for an event: a JSON object with its number in it. Returns its length. */
enum { PAYLOAD_BYTES = 1088 };
int write_payload(char *payload, int number);

/* Opens the connections to the web server and the timer. */
void dispatcher_start(struct run *run, int port);

/* Listens on a free port. Returns it. */
int sink_start(struct run *run);

/* Ends the program with errno's message. */
void fail(const char *what);

/* Watches a descriptor for reading. */
void watch(struct run *run, int descriptor, struct source *source);

/* Looks after what is ready, once, and waits for it so long. */
void serve(struct run *run, int milliseconds);
