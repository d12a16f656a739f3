// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors
#pragma once
#include <stdlib.h>
#if defined(__linux__)
#include <malloc.h>
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
