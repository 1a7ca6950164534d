/* Peer (c): drains event_queue by the best SQL for the same tables, without delivering anything: what the database allows.
   A router and a settler, each with a connection.
   drain_loop DATABASE_SOCKET DATABASE EVENTS KEYS nobody|heard */
#include "drain_loop.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

int main(int count, char **arguments) {
    if (count != 6) return 2;
    struct drain drain = {
        .socket = arguments[1], .database = arguments[2], .events = atoll(arguments[3]), .keys = atoi(arguments[4]),
        .is_heard = strcmp(arguments[5], "heard") == 0,
    };
    pthread_t router, settler;
    if (pthread_create(&router, NULL, route_all, &drain)) return 1;
    if (drain.is_heard && pthread_create(&settler, NULL, settle_all, &drain)) return 1;
    pthread_join(router, NULL);
    if (drain.is_heard) pthread_join(settler, NULL);
    return 0;
}
