// What Swift's Glibc module leaves out of Linux: epoll, eventfd, and calls with variable arguments.
#ifndef CLINUX_SHIM_H
#define CLINUX_SHIM_H

#include <errno.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>

// One readiness report, without the packing of struct epoll_event, which Swift cannot import well.
struct clinux_event {
    uint32_t events;
    uint64_t tag;
};

static inline int clinux_epoll_control(int epoll, int operation, int fd, uint32_t events, uint64_t tag) {
    struct epoll_event event = {.events = events, .data = {.u64 = tag}};
    return epoll_ctl(epoll, operation, fd, &event);
}

// Waits at most `nanoseconds` for up to 16 events; kernels before 5.11 get whole milliseconds, rounded down.
static inline int clinux_epoll_wait(int epoll, struct clinux_event *out, int capacity, int64_t nanoseconds) {
    struct epoll_event events[16];
    if (capacity > 16) capacity = 16;
    struct timespec limit = {.tv_sec = nanoseconds / 1000000000, .tv_nsec = nanoseconds % 1000000000};
    int count = epoll_pwait2(epoll, events, capacity, &limit, 0);
    if (count < 0 && errno == ENOSYS) {
        int64_t milliseconds = nanoseconds / 1000000;
        count = epoll_wait(epoll, events, capacity, milliseconds > 60000 ? 60000 : (int)milliseconds);
    }
    for (int i = 0; i < count; i++) {
        out[i].events = events[i].events;
        out[i].tag = events[i].data.u64;
    }
    return count;
}

// Takes a connection, whose socket never blocks and is not inherited; its port goes to `port`.
static inline int clinux_accept(int listener, uint16_t *port) {
    struct sockaddr_in name = {0};
    socklen_t length = sizeof name;
    int file = accept4(listener, (struct sockaddr *)&name, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
    *port = ntohs(name.sin_port);
    return file;
}

static inline int clinux_set_timer_slack(unsigned long nanoseconds) {
    return prctl(PR_SET_TIMERSLACK, nanoseconds, 0, 0, 0);
}

#endif
