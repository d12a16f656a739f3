// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors
#pragma once
#include <stdlib.h>
#if defined(__linux__)
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#endif

/* Makes the C library give freed memory back to the system: blocks of `block` bytes and more at once, and what is
   free at the end of a heap when it exceeds `trim` bytes. Without this, glibc raises both bounds, up to 64 MB per
   thread, as soon as one large block is freed. Other C libraries keep less and have no such setting. */
static inline void redoubt_return_freed_memory(int block, int trim) {
#if defined(__GLIBC__)
    mallopt(M_MMAP_THRESHOLD, block);
    mallopt(M_TRIM_THRESHOLD, trim);
#else
    (void)block;
    (void)trim;
#endif
}

/* Gives back free memory between blocks in use, in all heaps, where there is more than `most` bytes of it. */
static inline void redoubt_trim_freed_memory(size_t most) {
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 33)
    if (mallinfo2().fordblks > most) {
        malloc_trim(0);
    }
#else
    (void)most;
#endif
}

/* Takes the pages of program code out of this process's memory, such as those that only the start has run. The system
   keeps them cached: what runs again comes back without a read, 16 pages at a time. Touched are mappings of files that
   can be run and not written, in which nothing can have been changed. */
static inline void redoubt_release_code_pages(void) {
#if defined(__linux__)
    FILE *maps = fopen("/proc/self/maps", "re");
    if (!maps) {
        return;
    }
    char line[1024];
    while (fgets(line, sizeof line, maps)) {
        unsigned long start, end;
        char access[5];
        if (sscanf(line, "%lx-%lx %4s", &start, &end, access) == 3 && !strcmp(access, "r-xp") && strchr(line, '/')) {
            madvise((void *)start, end - start, MADV_DONTNEED);
        }
    }
    fclose(maps);
#endif
}
