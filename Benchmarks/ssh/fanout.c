/* The same as main.swift in C over libssh2: one thread, one poll(2), non-blocking sessions. */

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <libssh2.h>
#include <libssh2_sftp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum phase { CONNECT, HANDSHAKE, AUTHENTICATE, READY, OPEN, START, READ, CLOSED, FREE };

struct host {
    int socket;
    enum phase phase;
    LIBSSH2_SESSION *session;
    LIBSSH2_CHANNEL *channel;
    char name[32];
};

static LIBSSH2_KNOWNHOSTS *known;
static const char *user, *identity;
static int port;

static void die(struct host *host, const char *what) {
    char *text = "";
    if (host->session) libssh2_session_last_error(host->session, &text, NULL, 0);
    fprintf(stderr, "%s: %s: %s\n", host->name, what, text);
    exit(1);
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

static void begin(struct host *host, int index) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    int on = 1;
    snprintf(host->name, sizeof host->name, "127.0.1.%d", index);
    inet_aton(host->name, &address.sin_addr);
    host->socket = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    setsockopt(host->socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(host->socket, (void *)&address, sizeof address) && errno != EINPROGRESS)
        die(host, "connect");
    host->phase = CONNECT;
}

static void check_key(struct host *host) {
    size_t length;
    int kind;
    char name[64];
    const char *key = libssh2_session_hostkey(host->session, &length, &kind);
    snprintf(name, sizeof name, "[%s]:%d", host->name, port);
    if (libssh2_knownhost_checkp(known, name, -1, key, length,
                                 LIBSSH2_KNOWNHOST_TYPE_PLAIN | LIBSSH2_KNOWNHOST_KEYENC_RAW |
                                     (kind + 1) << LIBSSH2_KNOWNHOST_KEY_SHIFT,
                                 NULL) != LIBSSH2_KNOWNHOST_CHECK_MATCH)
        die(host, "host key");
}

/* Goes on until the host waits for its socket or has reached the goal. */
static void step(struct host *host, enum phase goal) {
    char buffer[65536];
    ssize_t code;
    while (host->phase != goal) {
        switch (host->phase) {
        case CONNECT:
            host->session = libssh2_session_init();
            libssh2_session_set_blocking(host->session, 0);
            host->phase = HANDSHAKE;
            break;
        case HANDSHAKE:
            code = libssh2_session_handshake(host->session, host->socket);
            if (code == LIBSSH2_ERROR_EAGAIN) return;
            if (code) die(host, "handshake");
            check_key(host);
            host->phase = AUTHENTICATE;
            break;
        case AUTHENTICATE:
            code = libssh2_userauth_publickey_fromfile(host->session, user, NULL, identity, NULL);
            if (code == LIBSSH2_ERROR_EAGAIN) return;
            if (code) die(host, "authenticate");
            host->phase = READY;
            break;
        case READY:
            host->phase = OPEN;
            break;
        case OPEN:
            host->channel = libssh2_channel_open_session(host->session);
            if (!host->channel) {
                if (libssh2_session_last_errno(host->session) == LIBSSH2_ERROR_EAGAIN) return;
                die(host, "open");
            }
            host->phase = START;
            break;
        case START:
            code = libssh2_channel_exec(host->channel, "true");
            if (code == LIBSSH2_ERROR_EAGAIN) return;
            if (code) die(host, "exec");
            host->phase = READ;
            break;
        case READ:
            code = libssh2_channel_read(host->channel, buffer, sizeof buffer);
            if (code == LIBSSH2_ERROR_EAGAIN) return;
            if (code < 0) die(host, "read");
            if (libssh2_channel_eof(host->channel)) host->phase = CLOSED;
            break;
        case CLOSED:
            code = libssh2_channel_wait_closed(host->channel);
            if (code == LIBSSH2_ERROR_EAGAIN) return;
            if (code || libssh2_channel_get_exit_status(host->channel)) die(host, "status");
            host->phase = FREE;
            break;
        case FREE:
            code = libssh2_channel_free(host->channel);
            if (code == LIBSSH2_ERROR_EAGAIN) return;
            host->phase = READY;
            if (goal == READY) return;
            break;
        }
    }
}

static void run(const char *name, struct host *hosts, int count, enum phase goal) {
    struct pollfd *polls = calloc(count, sizeof *polls);
    double start = now();
    for (int i = 0; i < count; i++) {
        if (hosts[i].phase == READY) {
            hosts[i].phase = OPEN;
            step(&hosts[i], goal);
        }
    }
    for (;;) {
        int left = 0;
        for (int i = 0; i < count; i++) {
            struct host *host = &hosts[i];
            int out = host->phase == CONNECT ||
                      (host->session && libssh2_session_block_directions(host->session) &
                                            LIBSSH2_SESSION_BLOCK_OUTBOUND);
            polls[i].fd = host->phase == goal ? -1 : host->socket;
            polls[i].events = out ? POLLOUT : POLLIN;
            polls[i].revents = 0;
            left += host->phase != goal;
        }
        if (!left) break;
        poll(polls, count, 60000);
        for (int i = 0; i < count; i++)
            if (polls[i].revents) step(&hosts[i], goal);
    }
    printf("c %s %.3f\n", name, now() - start);
    free(polls);
}

/* Uploads by SFTP, with calls of 1 MiB, so that libssh2 keeps many packets under way. */
static void upload(struct host *host, const char *path) {
    char target[4096];
    static char buffer[1 << 20];
    double start = now();
    int file = open(path, O_RDONLY);
    LIBSSH2_SFTP *sftp;
    LIBSSH2_SFTP_HANDLE *handle;
    ssize_t count;
    libssh2_session_set_blocking(host->session, 1);
    sftp = libssh2_sftp_init(host->session);
    snprintf(target, sizeof target, "%s.sftp", path);
    handle = libssh2_sftp_open(sftp, target,
                               LIBSSH2_FXF_WRITE | LIBSSH2_FXF_CREAT | LIBSSH2_FXF_TRUNC, 0644);
    if (!handle) die(host, "sftp open");
    while ((count = read(file, buffer, sizeof buffer)) > 0) {
        for (ssize_t sent = 0, code; sent < count; sent += code)
            if ((code = libssh2_sftp_write(handle, buffer + sent, count - sent)) < 0)
                die(host, "sftp write");
    }
    libssh2_sftp_close(handle);
    printf("c upload-sftp %.3f\n", now() - start);
    start = now();
    handle = libssh2_sftp_open(sftp, path, LIBSSH2_FXF_READ, 0);
    if (!handle) die(host, "sftp open");
    while ((count = libssh2_sftp_read(handle, buffer, sizeof buffer)) > 0) {}
    libssh2_sftp_close(handle);
    printf("c download-sftp %.3f\n", now() - start);
}

int main(int argc, char **argv) {
    if (argc != 6) return 2;
    int count = atoi(argv[2]);
    struct host *hosts = calloc(count, sizeof *hosts);
    LIBSSH2_SESSION *any;
    double start;
    port = atoi(argv[1]);
    user = getpwuid(getuid())->pw_name;
    identity = argv[3];
    libssh2_init(0);
    any = libssh2_session_init();
    known = libssh2_knownhost_init(any);
    if (libssh2_knownhost_readfile(known, argv[4], LIBSSH2_KNOWNHOST_FILE_OPENSSH) < 0) return 1;
    start = now();
    for (int i = 0; i < count; i++) begin(&hosts[i], i + 1);
    run("connect-after-begin", hosts, count, READY);
    printf("c connect %.3f\n", now() - start);
    for (int round = 1; round <= 3; round++) {
        char name[16];
        snprintf(name, sizeof name, "execute-%d", round);
        for (int i = 0; i < count; i++) hosts[i].phase = READY;
        /* The goal is READY again; run() starts each host at OPEN. */
        run(name, hosts, count, READY);
    }
    upload(&hosts[0], argv[5]);
    return 0;
}
