#include "drain_loop.h"
#include "statement.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct router {
    MYSQL *connection;
    MYSQL_STMT *lock, *read, *insert;
    struct list to_processing, wake;
    long long first_lane;
    int lanes;
};

/* The lanes are made beforehand, with ids in a row: lane n is first_lane + n. */
static void make_lanes(struct router *router, const struct drain *drain) {
    char sql[512];
    router->lanes = drain->keys ? drain->keys : SHARED_LANES;
    snprintf(sql, sizeof sql,
             "INSERT INTO event_lane (id, listener, lane_key, visible_at)"
             " SELECT seq, 'hook', CONCAT('%s', seq - 1), '9999-12-31' FROM seq_1_to_%d",
             drain->keys ? "k:" : "s:", router->lanes);
    run(router->connection, sql);
    router->first_lane = 1;
}

/* Reads what is next with its payload, as whoever delivers it must. */
static int read_heads(struct router *router, long long watermark, long long *ids, long long *lanes) {
    long long id;
    char key[256];
    static char payload[16 << 10];
    unsigned long key_length, length;
    my_bool is_null;
    MYSQL_BIND columns[3] = {
        {.buffer_type = MYSQL_TYPE_LONGLONG, .buffer = &id},
        {.buffer_type = MYSQL_TYPE_STRING, .buffer = key, .buffer_length = sizeof key - 1, .length = &key_length,
         .is_null = &is_null},
        {.buffer_type = MYSQL_TYPE_STRING, .buffer = payload, .buffer_length = sizeof payload, .length = &length},
    };
    run_values(router->read, &watermark, 1);
    if (mysql_stmt_bind_result(router->read, columns) || mysql_stmt_store_result(router->read))
        fail_statement(router->read);
    int count = 0;
    while (mysql_stmt_fetch(router->read) == 0) {
        ids[count] = id;
        key[is_null ? 0 : key_length] = 0;
        if (router->lanes) lanes[count] = router->first_lane + (is_null ? id : atoll(key + 1)) % router->lanes;
        count++;
    }
    mysql_stmt_free_result(router->read);
    return count;
}

static int compare(const void *left, const void *right) {
    const long long *a = left, *b = right;
    if (a[0] != b[0]) return a[0] < b[0] ? -1 : 1;
    return a[1] < b[1] ? -1 : a[1] > b[1];
}

/* Returns how many lanes there are, and which. */
static int insert_deliveries(struct router *router, const long long *ids, const long long *lanes, int count,
                             struct batch *batch, long long *distinct) {
    long long pairs[BATCH][2];
    int lane_count = 0;
    batch->count = count;
    for (int i = 0; i < count; i++) memcpy(pairs[i], (long long[2]){lanes[i], ids[i]}, sizeof pairs[i]);
    qsort(pairs, count, sizeof pairs[0], compare);
    for (int i = 0; i < count; i++) {
        batch->lanes[i] = pairs[i][0];
        batch->events[i] = pairs[i][1];
        if (!i || pairs[i][0] != pairs[i - 1][0]) distinct[lane_count++] = pairs[i][0];
    }
    run_array(router->insert, (long long *[]){batch->lanes, batch->events}, 2, count);
    return lane_count;
}

void *route_all(void *argument) {
    const struct drain *drain = argument;
    struct router router = {.connection = connect_to(drain->socket, drain->database)};
    router.to_processing.connection = router.wake.connection = router.connection;
    router.to_processing.sql = "UPDATE event_queue FORCE INDEX (PRIMARY) SET open_deliveries = 1, status = 'processing',"
                               " update_datetime = UTC_TIMESTAMP(3) WHERE id IN (%s)";
    router.lock = prepare(router.connection, "SELECT id FROM event_routing WHERE id = 1 FOR UPDATE SKIP LOCKED");
    router.read = prepare(router.connection,
                          "SELECT id, ordering_key, payload FROM event_queue FORCE INDEX (event_queue_status)"
                          " WHERE status = 'pending' AND id > ? ORDER BY id LIMIT 500");
    router.insert = prepare(router.connection, "INSERT INTO event_delivery (lane_id, event_id) VALUES (?, ?)");
    router.wake.sql = "UPDATE event_lane FORCE INDEX (PRIMARY) SET visible_at = IF(visible_at = '9999-12-31',"
                      " UTC_TIMESTAMP(6), visible_at), active_at = UTC_TIMESTAMP() WHERE id IN (%s)";
    make_lanes(&router, drain);
    long long ids[BATCH], lanes[BATCH], distinct[BATCH], watermark = 0, done = 0, locked[1];
    struct batch batch;
    while (done < drain->events) {
        run(router.connection, "START TRANSACTION");
        run_values(router.lock, NULL, 0);
        fetch_integers(router.lock, locked, 1, 1);
        int count = read_heads(&router, watermark, ids, lanes);
        if (!count) {
            fprintf(stderr, "router: only %lld of %lld events are there\n", done, drain->events);
            exit(1);
        }
        int lane_count = insert_deliveries(&router, ids, lanes, count, &batch, distinct);
        list_run(&router.to_processing, ids, count);
        /* Last, as the settler locks them last: the two wait for each other's COMMIT, not for the whole transaction. */
        list_run(&router.wake, distinct, lane_count);
        run(router.connection, "COMMIT");
        hand_over(&batch);
        watermark = ids[count - 1];
        done += count;
    }
    mysql_close(router.connection);
    return NULL;
}
