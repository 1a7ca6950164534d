/* Peer (c): drains event_queue by the best SQL for the same tables, without delivering anything: what the database allows.
   A router and a settler, each with a connection.
   drain_loop DATABASE_SOCKET DATABASE EVENTS KEYS */
#include "drain_loop.h"
#include <pthread.h>
#include <stdlib.h>

int main(int count, char **arguments) {
    if (count != 5) return 2;
    struct drain drain = {
        .socket = arguments[1], .database = arguments[2], .events = atoll(arguments[3]), .keys = atoi(arguments[4]),
    };
    pthread_t router, settler;
    if (pthread_create(&router, NULL, route_all, &drain)) return 1;
    if (pthread_create(&settler, NULL, settle_all, &drain)) return 1;
    pthread_join(router, NULL);
    pthread_join(settler, NULL);
    return 0;
}
