/* SPDX-License-Identifier: Apache-2.0
   Copyright the Redoubt authors

   Loads the programs that watch system calls, and reads what they write. One thread reads. */
#ifndef REDOUBT_CSENSOR_H
#define REDOUBT_CSENSOR_H

#include <stddef.h>
#include <stdint.h>
#include "sensor_record.h"

struct sensor;

/* What a program in the kernel needs; each is loaded by itself, so one that is refused leaves the others. */
struct sensor_program {
    const char *name;
    int attached;   /* 1: it runs; 0: not asked for; else the negative error */
};

enum { SENSOR_PROGRAMS = 8 };

/* Loads and starts all programs of an ELF object.
   shapes: what is to be read for each system call; 0 for those that do not matter.
   cgroup: the folder of the second hierarchy, for denied connections; NULL for none.
   Returns NULL and a text in `error` where nothing could be loaded. */
struct sensor *sensor_start(const void *object, size_t object_size, const uint8_t *shapes, size_t shape_count,
                            const char *cgroup, char *error, size_t error_size);

void sensor_stop(struct sensor *sensor);

void sensor_programs(const struct sensor *sensor, struct sensor_program *programs);

/* Waits up to `milliseconds` and copies records, one behind the other, each at a multiple of 8 bytes, into `buffer`.
   Returns how many bytes, or a negative error. What does not fit comes with the next call. */
long sensor_read(struct sensor *sensor, uint8_t *buffer, size_t size, int milliseconds);

/* What was lost since the start: by system call, and from SENSOR_MAX_SYSCALL on by kind. 0, or a negative error. */
int sensor_lost(const struct sensor *sensor, uint64_t *counters);

/* What is watched from now on. 0, or a negative error. */
int sensor_watch(struct sensor *sensor, const uint8_t *shapes, size_t shape_count);

/* Denies connections to a block of addresses (IPv4 as ::ffff:a.b.c.d, bits counted from 128), or allows them again. */
int sensor_deny(struct sensor *sensor, const uint8_t address[16], uint32_t bits);
int sensor_allow(struct sensor *sensor, const uint8_t address[16], uint32_t bits);

/* Whether the machine could run the programs at all, without loading them. */
int sensor_has_type_information(void);

/* MARK: Without programs in the kernel: its own reports of processes (the proc connector). */

enum connector_kind { CONNECTOR_FORK = 1, CONNECTOR_EXEC = 2, CONNECTOR_EXIT = 3, CONNECTOR_USER = 4 };

struct connector_event {
    uint64_t time;      /* nanoseconds since the start of the machine */
    uint32_t kind, pid, tid, parent, code;
};

/* A descriptor, or a negative error. */
int connector_open(void);

/* Waits, and reads what is there: how many, or a negative error; -ENOBUFS says that some were lost. */
long connector_read(int descriptor, struct connector_event *events, size_t count, int milliseconds);

/* MARK: Programs that may not run (fanotify). */

struct exec_request {
    uint32_t pid;
    int file;
    char path[4096];
};

/* Asks for each program that is to run from a mount. A descriptor, or a negative error. When it is closed, all may run. */
int exec_guard_open(const char *mount);

/* 1: a program waits for the answer; 0: none; else the negative error. */
int exec_guard_next(int descriptor, struct exec_request *request, int milliseconds);

int exec_guard_answer(int descriptor, const struct exec_request *request, int allows);

#endif
