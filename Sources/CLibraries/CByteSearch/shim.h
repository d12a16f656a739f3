// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors
#pragma once
#include <stddef.h>

/* The C library's search for bytes in bytes, which its header only shows to programs that ask for GNU's extensions as
   a whole. */
extern void *memmem(const void *haystack, size_t haystack_length, const void *needle, size_t needle_length);
