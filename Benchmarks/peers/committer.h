#pragma once
#include "writer.h"

/* Starts the one thread that commits: while one batch commits, the next gathers. `answered` is called from it with a list of
   events of one batch, linked by `next` in the order given, and whether they are there. */
void committer_start(const char *socket, const char *database, void (*answered)(struct event *first, int failed));

/* Hands over a list of events, linked by `next`. */
void committer_submit(struct event *first, struct event *last);
