#include "drain_loop.h"
#include <pthread.h>

/* As many events as a worker of ours reads ahead. */
enum { AHEAD = 8192 / BATCH };

static struct batch batches[AHEAD];
static unsigned first, count;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;

void hand_over(const struct batch *batch) {
    pthread_mutex_lock(&mutex);
    while (count == AHEAD) pthread_cond_wait(&changed, &mutex);
    batches[(first + count++) % AHEAD] = *batch;
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&mutex);
}

void take_over(struct batch *batch) {
    pthread_mutex_lock(&mutex);
    while (!count) pthread_cond_wait(&changed, &mutex);
    *batch = batches[first];
    first = (first + 1) % AHEAD;
    count--;
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&mutex);
}
