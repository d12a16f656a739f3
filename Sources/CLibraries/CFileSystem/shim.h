// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors
#pragma once
#include <sys/vfs.h>

/* The number of the file system's type that a path lies on, see statfs(2); 0 where the system does not tell. */
static inline unsigned long redoubt_file_system_type(const char *path) {
    struct statfs status;
    return statfs(path, &status) == 0 ? (unsigned long)status.f_type & 0xFFFFFFFFUL : 0;
}
