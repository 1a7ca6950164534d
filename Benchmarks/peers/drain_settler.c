#include "drain_loop.h"
#include "statement.h"
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct settler {
    MYSQL *connection;
    MYSQL_STMT *read, *delete, *record;
    struct list lock, close;
    long long lane, event;
};

/* Reads deliveries behind the cursor with their payloads, as whoever delivers must; at the end it starts over. */
static int read_deliveries(struct settler *settler, long long *lanes, long long *events) {
    long long cursor[3] = {settler->lane, settler->lane, settler->event}, lane, event;
    static char payload[16 << 10];
    unsigned long length;
    MYSQL_BIND columns[3] = {
        {.buffer_type = MYSQL_TYPE_LONGLONG, .buffer = &lane},
        {.buffer_type = MYSQL_TYPE_LONGLONG, .buffer = &event},
        {.buffer_type = MYSQL_TYPE_STRING, .buffer = payload, .buffer_length = sizeof payload, .length = &length},
    };
    run_values(settler->read, cursor, 3);
    if (mysql_stmt_bind_result(settler->read, columns) || mysql_stmt_store_result(settler->read))
        fail_statement(settler->read);
    int count = 0;
    while (mysql_stmt_fetch(settler->read) == 0) {
        lanes[count] = lane;
        events[count++] = event;
    }
    mysql_stmt_free_result(settler->read);
    if (count == BATCH) {
        settler->lane = lanes[count - 1];
        settler->event = events[count - 1];
    } else {
        settler->lane = settler->event = 0;
    }
    return count;
}

static int compare(const void *left, const void *right) {
    long long a = *(const long long *)left, b = *(const long long *)right;
    return a < b ? -1 : a > b;
}

static void settle(struct settler *settler, long long *lanes, long long *events, int count) {
    long long gone[2 * BATCH], distinct[BATCH], sorted[BATCH], epochs[2 * BATCH];
    int lane_count = 0;
    for (int i = 0; i < count; i++)
        if (!i || lanes[i] != lanes[i - 1]) distinct[lane_count++] = lanes[i];
    run(settler->connection, "START TRANSACTION");
    run_array(settler->delete, (long long *[]){lanes, events}, 2, count);
    if (fetch_integers(settler->delete, gone, 2, BATCH) != count) exit(1);
    run_array(settler->record, (long long *[]){events}, 1, count);
    memcpy(sorted, events, sizeof *sorted * count);
    qsort(sorted, count, sizeof *sorted, compare);
    list_run(&settler->close, sorted, count);
    /* The fence: whoever settles must still hold the lanes, or roll back. Last, so that the router waits little. Their leases are renewed far more rarely than this. */
    fetch_integers(list_run(&settler->lock, distinct, lane_count), epochs, 2, BATCH);
    run(settler->connection, "COMMIT");
}

void *settle_all(void *argument) {
    const struct drain *drain = argument;
    struct settler settler = {.connection = connect_to(drain->socket, drain->database)};
    settler.read = prepare(settler.connection,
                           "SELECT d.lane_id, d.event_id, e.payload FROM event_delivery d FORCE INDEX (PRIMARY)"
                           " JOIN event_queue e ON e.id = d.event_id"
                           " WHERE d.lane_id > ? OR (d.lane_id = ? AND d.event_id > ?)"
                           " ORDER BY d.lane_id, d.event_id LIMIT 500");
    settler.delete = prepare(settler.connection,
                             "DELETE FROM event_delivery WHERE lane_id = ? AND event_id = ?"
                             " RETURNING lane_id, event_id");
    settler.record = prepare(settler.connection,
                             "INSERT INTO delivery_attempt (event_id, listener, attempt, outcome)"
                             " VALUES (?, 'hook', 1, 'delivered')");
    settler.lock.connection = settler.close.connection = settler.connection;
    settler.lock.sql = "SELECT id, epoch FROM event_lane FORCE INDEX (PRIMARY) WHERE id IN (%s) ORDER BY id FOR UPDATE";
    settler.close.sql = "UPDATE event_queue FORCE INDEX (PRIMARY) SET open_deliveries = 0, status = 'processed',"
                        " update_datetime = UTC_TIMESTAMP(3) WHERE id IN (%s)";
    long long lanes[BATCH], events[BATCH], done = 0;
    while (done < drain->events) {
        int count = read_deliveries(&settler, lanes, events);
        /* A small batch costs as much as a large one: let the router get ahead. */
        if (count < BATCH && done + count < drain->events) nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
        if (!count) continue;
        settle(&settler, lanes, events, count);
        done += count;
    }
    mysql_close(settler.connection);
    return NULL;
}
