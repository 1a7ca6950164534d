// Tells ThreadSanitizer about Swift's Mutex (Synchronization). Its fast path is compiled into the program and seen; where
// threads meet, it waits inside libswiftSynchronization.so, which was built without ThreadSanitizer: what a thread did before
// unlocking then seems to race with what the next one does after locking. Preloaded, this stands between.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>

#define swiftcall __attribute__((swiftcall))
#define swift_self __attribute__((swift_context))

__attribute__((weak)) void __tsan_acquire(void *);
__attribute__((weak)) void __tsan_release(void *);

static void *next(const char *name) { return dlsym(RTLD_NEXT, name); }

// _MutexHandle._lockSlow(_: UInt32)
swiftcall void lock_slow(uint32_t thread, swift_self void *handle) __asm__("$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF");
swiftcall void lock_slow(uint32_t thread, swift_self void *handle) {
    static swiftcall void (*real)(uint32_t, swift_self void *);
    if (!real) real = next("$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF");
    real(thread, handle);
    if (__tsan_acquire) __tsan_acquire(handle);
}

// _MutexHandle._unlockSlow()
swiftcall void unlock_slow(swift_self void *handle) __asm__("$s15Synchronization12_MutexHandleV11_unlockSlowyyF");
swiftcall void unlock_slow(swift_self void *handle) {
    static swiftcall void (*real)(swift_self void *);
    if (!real) real = next("$s15Synchronization12_MutexHandleV11_unlockSlowyyF");
    if (__tsan_release) __tsan_release(handle);
    real(handle);
}
