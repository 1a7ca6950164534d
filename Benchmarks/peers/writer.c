/* Group commit into event_queue: the cheapest shape of it, libmariadb's array binding. */
#define _GNU_SOURCE
#include "writer.h"
#include <mysql.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

struct writer {
    MYSQL *connection;
    MYSQL_STMT *statement;
    const char *payloads[WRITER_BATCH];
    unsigned long payload_lengths[WRITER_BATCH];
    const char *uuids[WRITER_BATCH];
    unsigned long uuid_lengths[WRITER_BATCH];
};

static void fail(const char *what, const char *why) {
    fprintf(stderr, "%s: %s\n", what, why);
    exit(1);
}

struct writer *writer_open(const char *socket, const char *database) {
    static const char sql[] = "INSERT INTO event_queue (event_name, payload, uuid, source)"
                              " VALUES ('bench.event', ?, ?, 'http') RETURNING id";
    struct writer *writer = calloc(1, sizeof *writer);
    if (!writer) fail("calloc", "out of memory");
    writer->connection = mysql_init(NULL);
    if (!mysql_real_connect(writer->connection, NULL, "root", "", database, 0, socket, 0))
        fail("connect", mysql_error(writer->connection));
    if (mysql_query(writer->connection, "SET SESSION tx_isolation = 'READ-COMMITTED', time_zone = '+00:00'"))
        fail("session", mysql_error(writer->connection));
    writer->statement = mysql_stmt_init(writer->connection);
    if (mysql_stmt_prepare(writer->statement, sql, sizeof sql - 1))
        fail("prepare", mysql_stmt_error(writer->statement));
    for (int row = 0; row < WRITER_BATCH; row++) writer->uuid_lengths[row] = 36;
    return writer;
}

/* UUID version 7: time-ordered, so that the index on it grows at its end. */
static void make_uuid(char text[37]) {
    static unsigned long long counter;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    unsigned long long milliseconds = now.tv_sec * 1000ULL + now.tv_nsec / 1000000;
    if (!counter && getrandom(&counter, sizeof counter, 0) != sizeof counter) fail("getrandom", "too few bytes");
    counter++;
    snprintf(text, 37, "%08llx-%04llx-7%03llx-8%03llx-%012llx", (milliseconds >> 16) & 0xffffffff, milliseconds & 0xffff,
             (counter >> 12) & 0xfff, counter & 0xfff, (counter >> 16) & 0xffffffffffffULL);
}

int writer_insert(struct writer *writer, struct event **events, unsigned count) {
    for (unsigned row = 0; row < count; row++) {
        make_uuid(events[row]->uuid);
        writer->payloads[row] = events[row]->payload;
        writer->payload_lengths[row] = events[row]->payload_length;
        writer->uuids[row] = events[row]->uuid;
    }
    MYSQL_BIND parameters[2] = {
        {.buffer_type = MYSQL_TYPE_STRING, .buffer = writer->payloads, .length = writer->payload_lengths},
        {.buffer_type = MYSQL_TYPE_STRING, .buffer = writer->uuids, .length = writer->uuid_lengths},
    };
    long long id = 0;
    MYSQL_BIND column = {.buffer_type = MYSQL_TYPE_LONGLONG, .buffer = &id};
    mysql_stmt_attr_set(writer->statement, STMT_ATTR_ARRAY_SIZE, &count);
    if (mysql_stmt_bind_param(writer->statement, parameters) || mysql_stmt_execute(writer->statement)
        || mysql_stmt_bind_result(writer->statement, &column) || mysql_stmt_store_result(writer->statement)) {
        fprintf(stderr, "insert: %s\n", mysql_stmt_error(writer->statement));
        return -1;
    }
    unsigned row = 0;
    while (row < count && mysql_stmt_fetch(writer->statement) == 0) events[row++]->id = id;
    mysql_stmt_free_result(writer->statement);
    return row == count ? 0 : -1;
}

int writer_find_payload(const char *body, size_t length, struct event *event) {
    static const char name[] = "\"payload\":";
    const char *found = memmem(body, length, name, sizeof name - 1);
    if (!found) return -1;
    event->payload = found + sizeof name - 1;
    event->payload_length = body + length - event->payload - 1;
    return 0;
}

int writer_answer(const struct event *event, char *buffer, size_t size) {
    return snprintf(buffer, size, "{\"id\":%lld,\"uuid\":\"%s\",\"status\":\"pending\"}", event->id, event->uuid);
}
