#include "committer.h"
#include <pthread.h>
#include <stdlib.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t arrived = PTHREAD_COND_INITIALIZER;
static struct event *head, **tail = &head;
static struct writer *writer;
static void (*deliver)(struct event *, int);

static struct event *take_batch(struct event **batch, unsigned *count) {
    pthread_mutex_lock(&lock);
    while (!head) pthread_cond_wait(&arrived, &lock);
    struct event *first = head, *last = NULL;
    for (*count = 0; head && *count < WRITER_BATCH; head = head->next) {
        batch[(*count)++] = head;
        last = head;
    }
    if (!head) tail = &head;
    last->next = NULL;
    pthread_mutex_unlock(&lock);
    return first;
}

static void *commit_all(void *unused) {
    (void)unused;
    struct event *batch[WRITER_BATCH];
    for (;;) {
        unsigned count;
        struct event *first = take_batch(batch, &count);
        deliver(first, writer_insert(writer, batch, count));
    }
    return NULL;
}

void committer_start(const char *socket, const char *database, void (*answered)(struct event *, int)) {
    pthread_t thread;
    writer = writer_open(socket, database);
    deliver = answered;
    if (pthread_create(&thread, NULL, commit_all, NULL)) abort();
}

void committer_submit(struct event *first, struct event *last) {
    pthread_mutex_lock(&lock);
    int was_empty = !head;
    last->next = NULL;
    *tail = first;
    tail = &last->next;
    pthread_mutex_unlock(&lock);
    if (was_empty) pthread_cond_signal(&arrived);
}
