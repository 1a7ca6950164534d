/* Peer (a'): the strongest C that can be written for dispatching. One event loop that speaks FastCGI itself, one thread that
   commits. It believes what it reads: a limit, not a server.
   responder_epoll LISTEN_SOCKET DATABASE_SOCKET DATABASE */
#define _GNU_SOURCE
#include "committer.h"
#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { BEGIN_REQUEST = 1, END_REQUEST = 3, STDIN = 5, STDOUT = 6, HEADER = 8, BUFFER = 64 << 10, BODY = 16 << 10 };

struct connection {
    struct event event;
    int descriptor;
    uint16_t request_id;
    int keeps, is_waiting, is_gone;
    size_t used, body_length;
    unsigned char buffer[BUFFER];
    char body[BODY];
};

static int wakeup;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct event *answered_head, **answered_tail = &answered_head;
static struct event *gathered_first, *gathered_last;

static void answered(struct event *first, int failed) {
    struct event *last = first;
    for (struct event *event = first; event; event = event->next) {
        if (failed) event->id = 0;
        last = event;
    }
    pthread_mutex_lock(&lock);
    int was_empty = !answered_head;
    *answered_tail = first;
    answered_tail = &last->next;
    pthread_mutex_unlock(&lock);
    if (was_empty) eventfd_write(wakeup, 1);
}

static void drop(struct connection *connection) {
    if (connection->descriptor >= 0) close(connection->descriptor);
    connection->descriptor = -1;
    connection->is_gone = 1;
    if (!connection->is_waiting) free(connection);
}

static unsigned char *put_header(unsigned char *at, int type, uint16_t id, uint16_t length) {
    unsigned char header[HEADER] = {1, type, id >> 8, id & 255, length >> 8, length & 255, 0, 0};
    memcpy(at, header, HEADER);
    return at + HEADER;
}

static void reply(struct connection *connection) {
    static const char accepted[] = "Status: 202 Accepted\r\nContent-Type: application/json\r\n\r\n";
    static const char refused[] = "Status: 503 Service Unavailable\r\n\r\n";
    unsigned char out[512];
    char *text = (char *)out + HEADER;
    int length;
    if (connection->event.id) {
        memcpy(text, accepted, sizeof accepted - 1);
        length = sizeof accepted - 1;
        length += writer_answer(&connection->event, text + length, 128);
    } else {
        length = sizeof refused - 1;
        memcpy(text, refused, length);
    }
    put_header(out, STDOUT, connection->request_id, length);
    unsigned char *end = put_header(out + HEADER + length, END_REQUEST, connection->request_id, 8);
    memset(end, 0, 8);
    end += 8;
    ssize_t size = end - out;
    if (send(connection->descriptor, out, size, MSG_NOSIGNAL) != size || !connection->keeps) drop(connection);
}

/* Takes the whole records off the buffer. Returns 0 when the connection is to be closed. */
static int take_records(struct connection *connection) {
    size_t at = 0;
    while (connection->used - at >= HEADER) {
        unsigned char *record = connection->buffer + at;
        size_t content = record[4] << 8 | record[5], whole = HEADER + content + record[6];
        if (connection->used - at < whole) break;
        at += whole;
        if (record[1] == BEGIN_REQUEST) {
            connection->request_id = record[2] << 8 | record[3];
            connection->keeps = record[HEADER + 2] & 1;
            connection->body_length = 0;
        } else if (record[1] == STDIN && content) {
            if (connection->body_length + content > BODY) return 0;
            memcpy(connection->body + connection->body_length, record + HEADER, content);
            connection->body_length += content;
        } else if (record[1] == STDIN) {
            struct event *event = &connection->event;
            if (writer_find_payload(connection->body, connection->body_length, event)) return 0;
            connection->is_waiting = 1;
            event->next = NULL;
            if (gathered_last) gathered_last->next = event;
            else gathered_first = event;
            gathered_last = event;
        }
    }
    connection->used -= at;
    memmove(connection->buffer, connection->buffer + at, connection->used);
    return 1;
}

static void read_from(struct connection *connection) {
    ssize_t count = recv(connection->descriptor, connection->buffer + connection->used, BUFFER - connection->used, 0);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (count <= 0) {
        drop(connection);
        return;
    }
    connection->used += count;
    if (!take_records(connection)) drop(connection);
}

static void send_answers(void) {
    eventfd_t value;
    eventfd_read(wakeup, &value);
    pthread_mutex_lock(&lock);
    struct event *event = answered_head;
    answered_head = NULL;
    answered_tail = &answered_head;
    pthread_mutex_unlock(&lock);
    while (event) {
        struct event *next = event->next;
        struct connection *connection = (struct connection *)event;
        connection->is_waiting = 0;
        if (connection->is_gone) free(connection);
        else reply(connection);
        event = next;
    }
}

static void accept_all(int poll, int listening) {
    int descriptor;
    while ((descriptor = accept4(listening, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        struct connection *connection = malloc(sizeof *connection);
        if (!connection) abort();
        memset(connection, 0, offsetof(struct connection, buffer));
        connection->descriptor = descriptor;
        struct epoll_event interest = {.events = EPOLLIN, .data.ptr = connection};
        if (epoll_ctl(poll, EPOLL_CTL_ADD, descriptor, &interest)) abort();
    }
}

static int listen_at(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strncpy(address.sun_path, path, sizeof address.sun_path - 1);
    int listening = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    unlink(path);
    if (bind(listening, (struct sockaddr *)&address, sizeof address) || listen(listening, 1024)) {
        perror(path);
        exit(1);
    }
    return listening;
}

int main(int count, char **arguments) {
    if (count != 4) return 2;
    int listening = listen_at(arguments[1]), poll = epoll_create1(EPOLL_CLOEXEC);
    wakeup = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    struct epoll_event accepting = {.events = EPOLLIN, .data.ptr = &listening};
    struct epoll_event waking = {.events = EPOLLIN, .data.ptr = &wakeup};
    epoll_ctl(poll, EPOLL_CTL_ADD, listening, &accepting);
    epoll_ctl(poll, EPOLL_CTL_ADD, wakeup, &waking);
    committer_start(arguments[2], arguments[3], answered);
    for (;;) {
        struct epoll_event ready[256];
        int found = epoll_wait(poll, ready, 256, -1), has_answers = 0;
        for (int i = 0; i < found; i++) {
            if (ready[i].data.ptr == &listening) accept_all(poll, listening);
            else if (ready[i].data.ptr == &wakeup) has_answers = 1;
            else read_from(ready[i].data.ptr);
        }
        if (gathered_first) committer_submit(gathered_first, gathered_last);
        gathered_first = gathered_last = NULL;
        if (has_answers) send_answers();
    }
}
