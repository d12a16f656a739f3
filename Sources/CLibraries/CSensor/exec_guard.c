// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

#define _GNU_SOURCE
#include "include/CSensor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/fanotify.h>
#include <unistd.h>

int exec_guard_open(const char *mount) {
    int descriptor = fanotify_init(FAN_CLASS_CONTENT | FAN_CLOEXEC | FAN_NONBLOCK, O_RDONLY | O_CLOEXEC | O_LARGEFILE);
    if (descriptor < 0) return -errno;
    if (fanotify_mark(descriptor, FAN_MARK_ADD | FAN_MARK_MOUNT, FAN_OPEN_EXEC_PERM, AT_FDCWD, mount) == 0) return descriptor;
    int code = -errno;
    close(descriptor);
    return code;
}

int exec_guard_next(int descriptor, struct exec_request *request, int milliseconds) {
    struct pollfd waiting = {.fd = descriptor, .events = POLLIN};
    if (poll(&waiting, 1, milliseconds) <= 0) return 0;
    // One at a time: an answer that is owed must never wait behind others that were read.
    struct fanotify_event_metadata event;
    ssize_t size = read(descriptor, &event, sizeof event);
    if (size < 0) return errno == EAGAIN ? 0 : -errno;
    if ((size_t)size < sizeof event || event.vers != FANOTIFY_METADATA_VERSION) return -EPROTO;
    if (event.mask & FAN_Q_OVERFLOW || event.fd < 0) return 0;
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", event.fd);
    ssize_t length = readlink(link, request->path, sizeof request->path - 1);
    request->path[length < 0 ? 0 : length] = 0;
    request->pid = (uint32_t)event.pid;
    request->file = event.fd;
    return 1;
}

int exec_guard_answer(int descriptor, const struct exec_request *request, int allows) {
    struct fanotify_response response = {.fd = request->file, .response = allows ? FAN_ALLOW : FAN_DENY};
    int code = write(descriptor, &response, sizeof response) == sizeof response ? 0 : -errno;
    close(request->file);
    return code;
}
