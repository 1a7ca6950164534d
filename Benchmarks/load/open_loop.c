/* Latency from dispatch to webhook, open loop. Prints the sink's port first and reads a line before it starts, so that whoever
   runs it can configure the worker; then prints delays as JSON.
   open_loop WEB_SERVER_PORT RATE COUNT KEYS ENDPOINTS HANGING */
#include "run.h"
#include "../peers/timing.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>

/* How long nothing may arrive before the rest counts as lost. */
static const int64_t PATIENCE = 20 * 1000000000LL;

static void wait_for_all(struct run *run) {
    int64_t last = now();
    int seen = 0;
    while (run->arrived < run->expected || run->answered < run->count) {
        serve(run, 1000);
        if (run->arrived + run->answered != seen) {
            seen = run->arrived + run->answered;
            last = now();
        }
        if (now() - last > PATIENCE) return;
    }
}

int main(int count, char **arguments) {
    if (count != 7) return 2;
    struct run run = {
        .poll = epoll_create1(EPOLL_CLOEXEC), .interval = 1000000000LL / atoi(arguments[2]),
        .count = atoi(arguments[3]), .keys = atoi(arguments[4]), .endpoints = atoi(arguments[5]),
        .hanging = atoi(arguments[6]),
    };
    run.received = calloc(run.count, sizeof *run.received);
    for (int i = 0; i < run.count; i++) run.expected += i % run.endpoints != run.hanging;
    printf("%d\n", sink_start(&run));
    fflush(stdout);
    if (getchar() == EOF) return 1;
    run.start = now() + 50000000;
    dispatcher_start(&run, atoi(arguments[1]));
    wait_for_all(&run);

    int64_t *delays = calloc(run.count, sizeof *delays);
    int delay_count = 0;
    for (int i = 0; i < run.count; i++)
        if (i % run.endpoints != run.hanging && run.received[i]) delays[delay_count++] = run.received[i] - due(&run, i);
    if (run.refused) fprintf(stderr, "%d dispatches were not answered 2xx\n", run.refused);
    print_delays(delays, delay_count, run.expected - delay_count);
    return run.refused != 0;
}
