// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

#include "include/CSensor.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct sensor {
    struct bpf_object *object;
    struct ring_buffer *rings;
    struct bpf_link *links[SENSOR_PROGRAMS];
    struct sensor_program programs[SENSOR_PROGRAMS];
    int shapes, lost, denied;
    // Where the records of the running read go.
    uint8_t *buffer;
    size_t size, used;
};

// Stops reading while one more record of the greatest size would still fit, as a record that was handed over is gone.
enum { GREATEST_RECORD = 32768, STOPPED = -ECANCELED };

static int take(void *context, void *bytes, size_t count) {
    struct sensor *sensor = context;
    size_t place = (count + 7) & ~(size_t)7;
    if (place > sensor->size - sensor->used) return STOPPED;
    memcpy(sensor->buffer + sensor->used, bytes, count);
    memset(sensor->buffer + sensor->used + count, 0, place - count);
    sensor->used += place;
    return sensor->size - sensor->used < GREATEST_RECORD ? STOPPED : 0;
}

// libbpf tells in many lines why a program was refused; the last ones say it.
static _Thread_local char told[512];

static int note(enum libbpf_print_level level, const char *format, va_list arguments) {
    if (level != LIBBPF_WARN) return 0;
    char line[512];
    vsnprintf(line, sizeof line, format, arguments);
    line[strcspn(line, "\n")] = 0;
    if (strncmp(line, "libbpf: ", 8) == 0) memmove(line, line + 8, strlen(line + 8) + 1);
    if (!told[0]) snprintf(told, sizeof told, "%s", line);
    return 0;
}

static struct sensor *fail(struct sensor *sensor, const char *what, int code, char *error, size_t error_size) {
    snprintf(error, error_size, "%s: %s%s%s", what, strerror(code < 0 ? -code : code), told[0] ? ": " : "", told);
    sensor_stop(sensor);
    return NULL;
}

static int is_for_cgroups(const struct bpf_program *program) {
    return strncmp(bpf_program__section_name(program), "cgroup/", 7) == 0;
}

static void attach(struct sensor *sensor, int cgroup) {
    struct bpf_program *program;
    int number = 0;
    bpf_object__for_each_program(program, sensor->object) {
        if (number == SENSOR_PROGRAMS) break;
        struct sensor_program *known = &sensor->programs[number];
        known->name = bpf_program__name(program);
        if (bpf_program__autoload(program)) {
            struct bpf_link *link =
                is_for_cgroups(program) ? bpf_program__attach_cgroup(program, cgroup) : bpf_program__attach(program);
            sensor->links[number] = link;
            known->attached = link ? 1 : -errno;
        }
        number++;
    }
}

int sensor_watch(struct sensor *sensor, const uint8_t *shapes, size_t shape_count) {
    for (uint32_t number = 0; number < SENSOR_MAX_SYSCALL; number++) {
        uint8_t shape = number < shape_count ? shapes[number] : SHAPE_NONE;
        if (bpf_map_update_elem(sensor->shapes, &number, &shape, BPF_ANY)) return -errno;
    }
    return 0;
}

static int set_own_pid(struct bpf_object *object) {
    struct bpf_map *map = bpf_object__find_map_by_name(object, ".rodata");
    size_t size = 0;
    const void *initial = map ? bpf_map__initial_value(map, &size) : NULL;
    if (!initial || size < sizeof(uint32_t)) return -EINVAL;
    uint8_t *values = malloc(size);
    if (!values) return -ENOMEM;
    memcpy(values, initial, size);
    uint32_t pid = (uint32_t)getpid();
    // The only constant of the programs.
    memcpy(values, &pid, sizeof pid);
    int code = bpf_map__set_initial_value(map, values, size);
    free(values);
    return code;
}

struct sensor *sensor_start(const void *object, size_t object_size, const uint8_t *shapes, size_t shape_count,
                            const char *cgroup, char *error, size_t error_size) {
    told[0] = 0;
    libbpf_set_print(note);
    struct sensor *sensor = calloc(1, sizeof *sensor);
    if (!sensor) return fail(NULL, "no memory", ENOMEM, error, error_size);
    int folder = cgroup ? open(cgroup, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    sensor->object = bpf_object__open_mem(object, object_size, NULL);
    int code = sensor->object ? set_own_pid(sensor->object) : errno;
    if (code) return fail(sensor, "the kernel's programs cannot be opened", code, error, error_size);
    struct bpf_program *program;
    bpf_object__for_each_program(program, sensor->object) {
        if (folder < 0 && is_for_cgroups(program)) bpf_program__set_autoload(program, false);
    }
    code = bpf_object__load(sensor->object);
    if (code) return fail(sensor, "the kernel refused the programs", code, error, error_size);
    sensor->shapes = bpf_object__find_map_fd_by_name(sensor->object, "shapes");
    sensor->lost = bpf_object__find_map_fd_by_name(sensor->object, "lost");
    sensor->denied = bpf_object__find_map_fd_by_name(sensor->object, "denied");
    code = sensor_watch(sensor, shapes, shape_count);
    if (code) return fail(sensor, "the system calls cannot be chosen", code, error, error_size);
    sensor->rings = ring_buffer__new(bpf_object__find_map_fd_by_name(sensor->object, "control"), take, sensor, NULL);
    code = sensor->rings
        ? ring_buffer__add(sensor->rings, bpf_object__find_map_fd_by_name(sensor->object, "data"), take, sensor)
        : -errno;
    if (code) return fail(sensor, "the rings cannot be opened", code, error, error_size);
    attach(sensor, folder);
    if (folder >= 0) close(folder);
    for (int number = 0; number < SENSOR_PROGRAMS; number++) {
        if (sensor->links[number]) return sensor;
    }
    return fail(sensor, "no program could be attached", -sensor->programs[0].attached, error, error_size);
}

void sensor_stop(struct sensor *sensor) {
    if (!sensor) return;
    for (int number = 0; number < SENSOR_PROGRAMS; number++) bpf_link__destroy(sensor->links[number]);
    ring_buffer__free(sensor->rings);
    bpf_object__close(sensor->object);
    free(sensor);
}

void sensor_programs(const struct sensor *sensor, struct sensor_program *programs) {
    memcpy(programs, sensor->programs, sizeof sensor->programs);
}

long sensor_read(struct sensor *sensor, uint8_t *buffer, size_t size, int milliseconds) {
    if (size < 2 * GREATEST_RECORD) return -EINVAL;
    sensor->buffer = buffer;
    sensor->size = size;
    sensor->used = 0;
    int count = ring_buffer__consume(sensor->rings);
    if (count == 0 && milliseconds > 0) {
        // The rings do not wake for each record, so what came meanwhile is looked for when the time is over.
        count = ring_buffer__poll(sensor->rings, milliseconds);
        if (count == 0) count = ring_buffer__consume(sensor->rings);
    }
    if (count < 0 && count != STOPPED && count != -EINTR) return count;
    return (long)sensor->used;
}

int sensor_lost(const struct sensor *sensor, uint64_t *counters) {
    int processors = libbpf_num_possible_cpus();
    if (processors < 1) return processors;
    uint64_t *each = calloc((size_t)processors, sizeof *each);
    if (!each) return -ENOMEM;
    int code = 0;
    for (uint32_t number = 0; number < SENSOR_COUNTERS && !code; number++) {
        counters[number] = 0;
        if (bpf_map_lookup_elem(sensor->lost, &number, each)) code = -errno;
        for (int processor = 0; processor < processors && !code; processor++) counters[number] += each[processor];
    }
    free(each);
    return code;
}

// As the programs look it up.
struct key {
    uint32_t bits;
    uint8_t address[16];
};

int sensor_deny(struct sensor *sensor, const uint8_t address[16], uint32_t bits) {
    struct key key = {.bits = bits};
    memcpy(key.address, address, 16);
    uint64_t one = 1;
    return bpf_map_update_elem(sensor->denied, &key, &one, BPF_ANY) ? -errno : 0;
}

int sensor_allow(struct sensor *sensor, const uint8_t address[16], uint32_t bits) {
    struct key key = {.bits = bits};
    memcpy(key.address, address, 16);
    return bpf_map_delete_elem(sensor->denied, &key) ? -errno : 0;
}

int sensor_has_type_information(void) { return access("/sys/kernel/btf/vmlinux", R_OK) == 0; }
