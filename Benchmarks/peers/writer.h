#pragma once
#include <stddef.h>

/* The most rows that one INSERT takes. */
#define WRITER_BATCH 500

/* One dispatch: what is written, and what comes back. */
struct event {
    const char *payload;
    unsigned long payload_length;
    long long id;
    char uuid[37];
    struct event *next;
};

struct writer;

/* Connects, or ends the program with a message. */
struct writer *writer_open(const char *socket, const char *database);

/* Writes the events as one array-bound INSERT ... RETURNING, which is one durable commit, and fills in ids and uuids.
   Returns 0, or -1 when the database refused. */
int writer_insert(struct writer *writer, struct event **events, unsigned count);

/* The bytes of the "payload" member, which is the last one of the body. Returns -1 where there is none. */
int writer_find_payload(const char *body, size_t length, struct event *event);

/* The answer's JSON. Returns its length. */
int writer_answer(const struct event *event, char *buffer, size_t size);
