#pragma once

/* Events per transaction. */
#define BATCH 500
/* Lanes that keyless deliveries are spread over. */
#define SHARED_LANES 4

/* What was asked for. */
struct drain {
    const char *socket, *database;
    long long events;
    /* 0: keyless. */
    int keys;
};

/* The router's thread and the settler's: each returns when all events are through. */
void *route_all(void *drain);
void *settle_all(void *drain);
