// Tells ThreadSanitizer what it cannot see: a Swift Mutex that somebody else holds is waited for, and handed on,
// inside the standard library, which nobody instruments. What is done under such a mutex would look like a race.
// The quick path, without anybody waiting, is compiled into each caller and needs no word.
//
// "bin/sanitize thread" links it into the tests; the calls go on to the library.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>

#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

#define METHOD __attribute__((swiftcall))
#define SELF __attribute__((swift_context)) void *

typedef METHOD void (*lock_method)(uint32_t thread, SELF mutex);
typedef METHOD void (*unlock_method)(SELF mutex);

void __tsan_acquire(void *address);
void __tsan_release(void *address);

METHOD void lock(uint32_t thread, SELF mutex) __asm__(LOCK);
METHOD void unlock(SELF mutex) __asm__(UNLOCK);

METHOD void lock(uint32_t thread, SELF mutex) {
    lock_method next = (lock_method)dlsym(RTLD_NEXT, LOCK);
    next(thread, mutex);
    __tsan_acquire(mutex);
}

METHOD void unlock(SELF mutex) {
    unlock_method next = (unlock_method)dlsym(RTLD_NEXT, UNLOCK);
    __tsan_release(mutex);
    next(mutex);
}
