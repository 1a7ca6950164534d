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

/* Deliveries that were routed in one transaction, by lane and event. */
struct batch {
    int count;
    long long lanes[BATCH], events[BATCH];
};

/* Hands a batch from the router to the settler, in memory; waits while the settler is far behind. */
void hand_over(const struct batch *batch);
/* Waits for a batch. */
void take_over(struct batch *batch);

/* The router's thread and the settler's: each returns when all events are through. */
void *route_all(void *drain);
void *settle_all(void *drain);
