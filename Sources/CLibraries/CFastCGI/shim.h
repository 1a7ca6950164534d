#pragma once
#include <fcgiapp.h>

/* glibc declares these two under _GNU_SOURCE only, which the Swift importer does not define. <sys/socket.h> is left out:
   its types would become this module's instead of Glibc's. */
struct sockaddr;
extern int accept4(int, struct sockaddr *, unsigned int *, int);
extern int memfd_create(const char *, unsigned int);

/* accept4(2); `address` is a struct sockaddr. */
static inline int CFastCGI_accept4(int listener, void *address, unsigned int *length, int flags) {
    return accept4(listener, (struct sockaddr *)address, length, flags);
}

/* memfd_create(2) with MFD_CLOEXEC. */
static inline int CFastCGI_memfd_create(const char *name) {
    return memfd_create(name, 1U);
}
