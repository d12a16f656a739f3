// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

#include "include/CSensor.h"

#include <errno.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int ask(int socket, enum proc_cn_mcast_op operation) {
    struct __attribute__((packed, aligned(NLMSG_ALIGNTO))) {
        struct nlmsghdr head;
        struct cn_msg message;
        enum proc_cn_mcast_op operation;
    } request = {0};
    request.head.nlmsg_len = sizeof request;
    request.head.nlmsg_type = NLMSG_DONE;
    request.head.nlmsg_pid = (uint32_t)getpid();
    request.message.id.idx = CN_IDX_PROC;
    request.message.id.val = CN_VAL_PROC;
    request.message.len = sizeof request.operation;
    request.operation = operation;
    return send(socket, &request, sizeof request, 0) < 0 ? -errno : 0;
}

int connector_open(void) {
    int descriptor = socket(PF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_CONNECTOR);
    if (descriptor < 0) return -errno;
    struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = CN_IDX_PROC, .nl_pid = 0};
    // What is not read in time is lost; the kernel keeps no more than this.
    int room = 16 << 20;
    setsockopt(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
    int code = bind(descriptor, (struct sockaddr *)&address, sizeof address) < 0 ? -errno : ask(descriptor, PROC_CN_MCAST_LISTEN);
    if (code == 0) return descriptor;
    close(descriptor);
    return code;
}

static int translate(const struct proc_event *event, struct connector_event *result) {
    result->time = event->timestamp_ns;
    result->code = 0;
    switch (event->what) {
    case PROC_EVENT_FORK:
        result->kind = CONNECTOR_FORK;
        result->pid = event->event_data.fork.child_tgid;
        result->tid = event->event_data.fork.child_pid;
        result->parent = event->event_data.fork.parent_tgid;
        return 1;
    case PROC_EVENT_EXEC:
        result->kind = CONNECTOR_EXEC;
        result->pid = event->event_data.exec.process_tgid;
        result->tid = event->event_data.exec.process_pid;
        result->parent = 0;
        return 1;
    case PROC_EVENT_EXIT:
        result->kind = CONNECTOR_EXIT;
        result->pid = event->event_data.exit.process_tgid;
        result->tid = event->event_data.exit.process_pid;
        result->parent = 0;
        result->code = event->event_data.exit.exit_code;
        return 1;
    case PROC_EVENT_UID:
        result->kind = CONNECTOR_USER;
        result->pid = event->event_data.id.process_tgid;
        result->tid = event->event_data.id.process_pid;
        result->parent = 0;
        result->code = event->event_data.id.e.euid;
        return 1;
    default: return 0;
    }
}

long connector_read(int descriptor, struct connector_event *events, size_t count, int milliseconds) {
    struct pollfd waiting = {.fd = descriptor, .events = POLLIN};
    size_t found = 0;
    if (poll(&waiting, 1, milliseconds) <= 0) return 0;
    while (found < count) {
        char buffer[4096] __attribute__((aligned(NLMSG_ALIGNTO)));
        ssize_t size = recv(descriptor, buffer, sizeof buffer, MSG_DONTWAIT);
        if (size < 0 && errno == ENOBUFS) return found ? (long)found : -ENOBUFS;
        if (size < 0) break;
        int rest = (int)size;
        for (struct nlmsghdr *head = (struct nlmsghdr *)buffer; NLMSG_OK(head, rest) && found < count; head = NLMSG_NEXT(head, rest)) {
            const struct cn_msg *message = NLMSG_DATA(head);
            if (head->nlmsg_len < NLMSG_LENGTH(sizeof *message + sizeof(struct proc_event))) continue;
            if (message->id.idx != CN_IDX_PROC || message->id.val != CN_VAL_PROC) continue;
            found += (size_t)translate((const struct proc_event *)message->data, &events[found]);
        }
    }
    return (long)found;
}
