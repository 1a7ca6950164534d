/* Peer (a): what one would write with libfcgi. A thread per connection, group commit.
   responder_threads LISTEN_SOCKET DATABASE_SOCKET DATABASE */
#include "committer.h"
#include <fcgiapp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define THREADS 64
#define BODY_LIMIT (1 << 20)

struct request {
    struct event event;
    pthread_mutex_t lock;
    pthread_cond_t answered;
    int state; /* 0 waiting, 1 written, -1 refused */
};

static int listening;

static void answered(struct event *event, int failed) {
    while (event) {
        struct request *request = (struct request *)event;
        struct event *next = event->next;
        pthread_mutex_lock(&request->lock);
        request->state = failed ? -1 : 1;
        pthread_cond_signal(&request->answered);
        pthread_mutex_unlock(&request->lock);
        event = next;
    }
}

static void answer(FCGX_Request *wire, struct request *request, char *body) {
    const char *length_text = FCGX_GetParam("CONTENT_LENGTH", wire->envp);
    long length = length_text ? atol(length_text) : 0;
    if (length <= 0 || length > BODY_LIMIT || FCGX_GetStr(body, length, wire->in) != length
        || writer_find_payload(body, length, &request->event)) {
        FCGX_FPrintF(wire->out, "Status: 400 Bad Request\r\n\r\n");
        return;
    }
    request->state = 0;
    committer_submit(&request->event, &request->event);
    pthread_mutex_lock(&request->lock);
    while (!request->state) pthread_cond_wait(&request->answered, &request->lock);
    pthread_mutex_unlock(&request->lock);
    if (request->state < 0) {
        FCGX_FPrintF(wire->out, "Status: 503 Service Unavailable\r\n\r\n");
        return;
    }
    char json[128];
    writer_answer(&request->event, json, sizeof json);
    FCGX_FPrintF(wire->out, "Status: 202 Accepted\r\nContent-Type: application/json\r\n\r\n%s", json);
}

static void *serve(void *unused) {
    (void)unused;
    struct request request = {.lock = PTHREAD_MUTEX_INITIALIZER, .answered = PTHREAD_COND_INITIALIZER};
    char *body = malloc(BODY_LIMIT);
    FCGX_Request wire;
    if (!body || FCGX_InitRequest(&wire, listening, 0)) abort();
    while (FCGX_Accept_r(&wire) == 0) {
        answer(&wire, &request, body);
        FCGX_Finish_r(&wire);
    }
    free(body);
    return NULL;
}

int main(int count, char **arguments) {
    if (count != 4 || FCGX_Init()) return 2;
    /* libfcgi's own handler only sets a flag, which threads that wait for a connection never see. */
    signal(SIGTERM, SIG_DFL);
    listening = FCGX_OpenSocket(arguments[1], 1024);
    if (listening < 0) return 1;
    committer_start(arguments[2], arguments[3], answered);
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        if (pthread_create(&threads[i], NULL, serve, NULL)) return 1;
    for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
    return 0;
}
