/* The limit of sending: curl multi on one thread, keep-alive, posting the same bodies that the worker posts, no queue. Driven by
   epoll and curl_multi_socket_action, which looks at what has happened and not at every transfer.
   webhook_poster URL COUNT IN_FLIGHT BODY_FILE */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>

enum { EVENTS = 64 };

struct poster {
    CURLM *multi;
    int epoll;
    /* In milliseconds, as epoll_wait takes it; -1 for none. */
    int timeout;
    long left, refused;
};

static size_t ignore(char *bytes, size_t size, size_t count, void *unused) {
    (void)bytes, (void)unused;
    return size * count;
}

static int watch(CURL *easy, curl_socket_t socket, int what, void *context, void *known) {
    (void)easy;
    struct poster *poster = context;
    struct epoll_event event = {.data.fd = socket};
    if (what & CURL_POLL_IN) event.events |= EPOLLIN;
    if (what & CURL_POLL_OUT) event.events |= EPOLLOUT;
    if (what == CURL_POLL_REMOVE) {
        epoll_ctl(poster->epoll, EPOLL_CTL_DEL, socket, &event);
        curl_multi_assign(poster->multi, socket, NULL);
    } else {
        epoll_ctl(poster->epoll, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, socket, &event);
        if (!known) curl_multi_assign(poster->multi, socket, poster);
    }
    return 0;
}

static int set_timer(CURLM *multi, long milliseconds, void *context) {
    (void)multi;
    ((struct poster *)context)->timeout = milliseconds;
    return 0;
}

static char *read_file(const char *path, long *length) {
    FILE *file = fopen(path, "rb");
    char *bytes = malloc(1 << 20);
    if (!file || !bytes) exit(1);
    *length = fread(bytes, 1, 1 << 20, file);
    fclose(file);
    return bytes;
}

/* Counts what is answered, and posts again with the same handle. Returns how many are under way. */
static long go_on(struct poster *poster, long under_way) {
    CURLMsg *message;
    int queued;
    while ((message = curl_multi_info_read(poster->multi, &queued))) {
        CURL *easy = message->easy_handle;
        long status = 0;
        curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
        if (message->data.result != CURLE_OK || status / 100 != 2) poster->refused++;
        curl_multi_remove_handle(poster->multi, easy);
        if (poster->left > 0) {
            poster->left--;
            curl_multi_add_handle(poster->multi, easy);
        } else {
            curl_easy_cleanup(easy);
            under_way--;
        }
    }
    return under_way;
}

int main(int count, char **arguments) {
    if (count != 5) return 2;
    long in_flight = atol(arguments[3]), under_way = 0, length;
    char *body = read_file(arguments[4], &length);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    struct poster poster = {
        .multi = curl_multi_init(), .epoll = epoll_create1(0), .timeout = -1, .left = atol(arguments[2])};
    curl_multi_setopt(poster.multi, CURLMOPT_MAXCONNECTS, in_flight);
    curl_multi_setopt(poster.multi, CURLMOPT_SOCKETFUNCTION, watch);
    curl_multi_setopt(poster.multi, CURLMOPT_SOCKETDATA, &poster);
    curl_multi_setopt(poster.multi, CURLMOPT_TIMERFUNCTION, set_timer);
    curl_multi_setopt(poster.multi, CURLMOPT_TIMERDATA, &poster);
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    headers = curl_slist_append(headers, "Expect:");
    for (; under_way < in_flight && poster.left > 0; under_way++, poster.left--) {
        CURL *easy = curl_easy_init();
        curl_easy_setopt(easy, CURLOPT_URL, arguments[1]);
        curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, length);
        curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, ignore);
        curl_multi_add_handle(poster.multi, easy);
    }
    while (under_way > 0) {
        struct epoll_event events[EVENTS];
        int running, ready = poster.timeout == 0 ? 0 : epoll_wait(poster.epoll, events, EVENTS, poster.timeout);
        for (int index = 0; index < ready; index++) {
            int happened = (events[index].events & EPOLLIN ? CURL_CSELECT_IN : 0)
                | (events[index].events & EPOLLOUT ? CURL_CSELECT_OUT : 0)
                | (events[index].events & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0);
            curl_multi_socket_action(poster.multi, events[index].data.fd, happened, &running);
        }
        if (ready <= 0) {
            /* It has gone off; libcurl sets it again. */
            poster.timeout = -1;
            curl_multi_socket_action(poster.multi, CURL_SOCKET_TIMEOUT, 0, &running);
        }
        under_way = go_on(&poster, under_way);
    }
    if (poster.refused) fprintf(stderr, "%ld posts were not answered 2xx\n", poster.refused);
    return poster.refused != 0;
}
