// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors
#pragma once
#include <spawn.h>
#include <sys/types.h>

/* Functions of the C library that its headers only show to programs that ask for GNU's extensions as a whole. */

/* Closes, in the new process, all descriptors from `first` on; glibc 2.34. */
extern int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int first);

struct redoubt_limit {
    unsigned long current;
    unsigned long maximum;
};

/* Sets a limit of another process; glibc 2.13. The limits are `struct rlimit`, which has this form on 64 bits. */
extern int prlimit(pid_t process, int resource, const struct redoubt_limit *limit, struct redoubt_limit *old)
    __asm__("prlimit64");

/* How many bytes of address space a process may have. */
static inline int redoubt_limit_memory(pid_t process, unsigned long bytes) {
    struct redoubt_limit limit = {bytes, bytes};
    const int address_space = 9;
    return prlimit(process, address_space, &limit, 0);
}
