#include "timing.h"
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

void sleep_until(int64_t then) {
    struct timespec time = {.tv_sec = then / 1000000000LL, .tv_nsec = then % 1000000000LL};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL);
}

static int compare(const void *left, const void *right) {
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return a < b ? -1 : a > b;
}

static double at(const int64_t *delays, int count, double part) {
    if (!count) return 0;
    int index = part * count;
    return delays[index < count ? index : count - 1] / 1e6;
}

void print_delays(int64_t *delays, int count, int lost) {
    qsort(delays, count, sizeof *delays, compare);
    printf("{\"count\":%d,\"p50\":%.3f,\"p99\":%.3f,\"max\":%.3f,\"lost\":%d}\n", count, at(delays, count, 0.5),
           at(delays, count, 0.99), at(delays, count, 1), lost);
}
