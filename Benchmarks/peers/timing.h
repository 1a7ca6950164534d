#pragma once
#include <stdint.h>

/* Nanoseconds of the monotonic clock. */
int64_t now(void);

/* Waits until then. */
void sleep_until(int64_t then);

/* Sorts the delays, in nanoseconds, and prints {"count":...,"p50":...,"p99":...,"max":...,"lost":...}, in milliseconds. */
void print_delays(int64_t *delays, int count, int lost);
