#include "CCurl.h"

#include <dlfcn.h>

struct CCurl_functions CCurl;

const char *CCurl_load(void) {
    // The name that every build against libcurl's stable interface has had since 2006.
    void *library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
    if (!library) return dlerror();
    struct CCurl_functions found;
#define CCURL_FIND(name) \
    if (!(found.name = (__typeof__(found.name))dlsym(library, "curl_" #name))) return dlerror();
    CCURL_FUNCTIONS(CCURL_FIND)
#undef CCURL_FIND
    CCurl = found;
    return NULL;
}
