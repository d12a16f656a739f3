// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors
#pragma once
#include <stddef.h>
#include <string.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/* The C library's search for bytes in bytes, which its header only shows to programs that ask for GNU's extensions as
   a whole. */
extern void *memmem(const void *haystack, size_t haystack_length, const void *needle, size_t needle_length);

/* Where a needle begins in bytes; NULL where it does not.

   Looks for two bytes of the needle at their distance, 32 places at a time, and compares the whole needle only where
   both are. The caller names the two that are rarest in what it searches: first and second are their places in the
   needle, below its length, which is not 0. */
static inline const void *redoubt_find(
    const unsigned char *bytes, size_t count, const unsigned char *needle, size_t length, size_t first, size_t second)
{
    if (count < length) return NULL;
    size_t place = 0;
#if defined(__SSE2__)
    const size_t places = count - length + 1;
    const __m128i one = _mm_set1_epi8((char)needle[first]), other = _mm_set1_epi8((char)needle[second]);
    /* Nothing behind the bytes is read: the last place that is looked at is still one at which the needle fits. */
    for (; place + 32 <= places; place += 32) {
        const unsigned char *at = bytes + place;
        const __m128i low = _mm_and_si128(
            _mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)(at + first)), one),
            _mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)(at + second)), other));
        const __m128i high = _mm_and_si128(
            _mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)(at + 16 + first)), one),
            _mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)(at + 16 + second)), other));
        unsigned marks = (unsigned)_mm_movemask_epi8(low) | (unsigned)_mm_movemask_epi8(high) << 16;
        for (; marks != 0; marks &= marks - 1) {
            const unsigned char *found = at + __builtin_ctz(marks);
            if (memcmp(found, needle, length) == 0) return found;
        }
    }
#endif
    return memmem(bytes + place, count - place, needle, length);
}
