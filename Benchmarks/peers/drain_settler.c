#include "drain_loop.h"
#include "statement.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct settler {
    MYSQL *connection;
    MYSQL_STMT *record;
    struct list lock, close;
};

static int compare(const void *left, const void *right) {
    long long a = *(const long long *)left, b = *(const long long *)right;
    return a < b ? -1 : a > b;
}

static void settle(struct settler *settler, struct batch *batch) {
    long long distinct[BATCH], sorted[BATCH], epochs[2 * BATCH];
    int lane_count = 0, count = batch->count;
    for (int i = 0; i < count; i++)
        if (!i || batch->lanes[i] != batch->lanes[i - 1]) distinct[lane_count++] = batch->lanes[i];
    run(settler->connection, "START TRANSACTION");
    long long gone = run_pairs(settler->connection,
                               "DELETE d FROM (SELECT 0 AS lane_id, 0 AS event_id UNION ALL VALUES %s) settled"
                               " STRAIGHT_JOIN event_delivery d"
                               " ON d.lane_id = settled.lane_id AND d.event_id = settled.event_id",
                               batch->lanes, batch->events, count);
    if (gone != count) {
        fprintf(stderr, "settler: %lld of %d deliveries were there\n", gone, count);
        exit(1);
    }
    run_array(settler->record, (long long *[]){batch->events}, 1, count);
    memcpy(sorted, batch->events, sizeof *sorted * count);
    qsort(sorted, count, sizeof *sorted, compare);
    list_run(&settler->close, sorted, count);
    /* The fence: whoever settles must still hold the lanes, or roll back. Last, so that the router waits little. Their leases are
       renewed far more rarely than this. */
    fetch_integers(list_run(&settler->lock, distinct, lane_count), epochs, 2, BATCH);
    run(settler->connection, "COMMIT");
}

void *settle_all(void *argument) {
    const struct drain *drain = argument;
    struct settler settler = {.connection = connect_to(drain->socket, drain->database)};
    settler.record = prepare(settler.connection,
                             "INSERT INTO delivery_attempt (event_id, listener, attempt, outcome)"
                             " VALUES (?, 'hook', 1, 'delivered')");
    settler.lock.connection = settler.close.connection = settler.connection;
    settler.lock.sql = "SELECT id, epoch FROM event_lane FORCE INDEX (PRIMARY) WHERE id IN (%s) ORDER BY id FOR UPDATE";
    settler.close.sql = "UPDATE event_queue FORCE INDEX (PRIMARY) SET open_deliveries = 0, status = 'processed',"
                        " update_datetime = UTC_TIMESTAMP(3) WHERE id IN (%s)";
    struct batch batch;
    for (long long done = 0; done < drain->events; done += batch.count) {
        take_over(&batch);
        settle(&settler, &batch);
    }
    mysql_close(settler.connection);
    return NULL;
}
