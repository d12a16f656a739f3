// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif
#if defined(__x86_64__) && defined(__SSE2__)
#include <immintrin.h>
#define REDOUBT_JSON_AVX2 1
/* What processors since 2013 have beyond those that programs are built for; asked for when the program runs. */
#define REDOUBT_AVX2 __attribute__((target("avx2,pclmul,popcnt,bmi")))
static inline int redoubt_has_avx2(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("popcnt") &&
        __builtin_cpu_supports("bmi");
}
#endif

/* The places inside JSON (RFC 8259) that a reader needs to find, 16 and 64 bytes at a time. Nothing here reads behind
   the bytes that it is given. */

/* The index of the first byte that ends a run of plain text in a string: a quote, a backslash or a control character;
   count where there is none. */
static inline size_t redoubt_json_text_end(const unsigned char *bytes, size_t count)
{
    size_t place = 0;
#if defined(__SSE2__)
    const __m128i quote = _mm_set1_epi8('"'), backslash = _mm_set1_epi8('\\'), control = _mm_set1_epi8(0x1F);
    for (; place + 16 <= count; place += 16) {
        const __m128i block = _mm_loadu_si128((const __m128i *)(bytes + place));
        const __m128i plain = _mm_or_si128(_mm_cmpeq_epi8(block, quote), _mm_cmpeq_epi8(block, backslash));
        const __m128i ends = _mm_or_si128(plain, _mm_cmpeq_epi8(_mm_min_epu8(block, control), block));
        const unsigned marks = (unsigned)_mm_movemask_epi8(ends);
        if (marks != 0) return place + (size_t)__builtin_ctz(marks);
    }
#endif
    for (; place < count; place++) {
        const unsigned char byte = bytes[place];
        if (byte == '"' || byte == '\\' || byte < 0x20) return place;
    }
    return count;
}

/* The index of the first byte that is no white space; count where there is none. */
static inline size_t redoubt_json_space_end(const unsigned char *bytes, size_t count)
{
    size_t place = 0;
#if defined(__SSE2__)
    const __m128i blank = _mm_set1_epi8(' '), feed = _mm_set1_epi8('\n');
    /* What is laid out has a line feed and many blanks. */
    for (; place + 16 <= count; place += 16) {
        const __m128i block = _mm_loadu_si128((const __m128i *)(bytes + place));
        const __m128i space = _mm_or_si128(_mm_cmpeq_epi8(block, blank), _mm_cmpeq_epi8(block, feed));
        const unsigned others = ~(unsigned)_mm_movemask_epi8(space) & 0xFFFF;
        if (others != 0) {
            place += (size_t)__builtin_ctz(others);
            break;
        }
    }
#endif
    for (; place < count; place++) {
        const unsigned char byte = bytes[place];
        if (byte != ' ' && byte != '\n' && byte != '\t' && byte != '\r') return place;
    }
    return count;
}

/* Where one is inside an array or object that is stepped over. */
typedef struct {
    /* All ones inside a string, else 0. */
    uint64_t in_string;
    /* 1 where a backslash stands before the next byte, else 0. */
    uint64_t escaped;
    /* The brackets that are open, and how many may be. */
    uint64_t depth;
    uint64_t limit;
    /* Not 0 once more are open than may be. */
    int too_deep;
} redoubt_json_nesting;

static inline uint64_t redoubt_json_marks(const unsigned char *bytes, unsigned char folded, unsigned char wanted)
{
#if defined(__SSE2__)
    uint64_t marks = 0;
    const __m128i fold = _mm_set1_epi8((char)folded), want = _mm_set1_epi8((char)wanted);
    for (int part = 0; part < 4; part++) {
        const __m128i block = _mm_loadu_si128((const __m128i *)(bytes + 16 * part));
        const __m128i equal = _mm_cmpeq_epi8(_mm_or_si128(block, fold), want);
        marks |= (uint64_t)(uint16_t)_mm_movemask_epi8(equal) << (16 * part);
    }
    return marks;
#else
    uint64_t marks = 0;
    for (int place = 0; place < 64; place++)
        marks |= (uint64_t)((bytes[place] | folded) == wanted) << place;
    return marks;
#endif
}

/* The bytes that a backslash before them escapes. A run of backslashes escapes every second of its own, and the byte
   behind it when the run is odd; adding the run's start to the run carries to its end. */
static inline uint64_t redoubt_json_escaped(uint64_t backslashes, uint64_t *carry)
{
    if (backslashes == 0) {
        const uint64_t escaped = *carry;
        *carry = 0;
        return escaped;
    }
    const uint64_t odd = 0xAAAAAAAAAAAAAAAAULL;
    const uint64_t potential = backslashes & ~*carry;
    const uint64_t maybe = potential << 1;
    const uint64_t codes = ((maybe | odd) - potential) ^ odd;
    const uint64_t escaped = codes ^ (backslashes | *carry);
    *carry = (codes & backslashes) >> 63;
    return escaped;
}

/* Steps over one bracket at a time; the index behind the one that closes the last, else count. */
static inline size_t redoubt_json_skip_slowly(redoubt_json_nesting *state, const unsigned char *bytes, size_t count)
{
    for (size_t place = 0; place < count; place++) {
        const unsigned char byte = bytes[place];
        const uint64_t escaped = state->escaped;
        state->escaped = byte == '\\' && !escaped;
        if (byte == '"' && !escaped) {
            state->in_string = ~state->in_string;
        } else if (!state->in_string && (byte | 0x20) == '{') {
            if (++state->depth > state->limit) { state->too_deep = 1; return place; }
        } else if (!state->in_string && (byte | 0x20) == '}') {
            if (--state->depth == 0) return place + 1;
        }
    }
    return count;
}

#if defined(REDOUBT_JSON_AVX2)
REDOUBT_AVX2 static inline uint64_t redoubt_json_marks_avx2(__m256i low, __m256i high, unsigned char wanted)
{
    const __m256i want = _mm256_set1_epi8((char)wanted);
    const uint64_t first = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(low, want));
    const uint64_t second = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(high, want));
    return first | second << 32;
}

/* The whole blocks of redoubt_json_skip: the same, with a carry-less product for which bytes lie in strings. Returns the
   index behind the last block that was stepped over; the state says whether anything ended. */
REDOUBT_AVX2 static inline size_t redoubt_json_skip_avx2(
    redoubt_json_nesting *state, const unsigned char *bytes, size_t count)
{
    size_t place = 0;
    const __m256i fold = _mm256_set1_epi8(0x20);
    redoubt_json_nesting now = *state;
    for (; place + 64 <= count; place += 64) {
        const __m256i low = _mm256_loadu_si256((const __m256i *)(bytes + place));
        const __m256i high = _mm256_loadu_si256((const __m256i *)(bytes + place + 32));
        const redoubt_json_nesting before = now;
        const uint64_t escaped = redoubt_json_escaped(redoubt_json_marks_avx2(low, high, '\\'), &now.escaped);
        const uint64_t quotes = redoubt_json_marks_avx2(low, high, '"') & ~escaped;
        const __m128i product =
            _mm_clmulepi64_si128(_mm_set_epi64x(0, (long long)quotes), _mm_set1_epi8((char)0xFF), 0);
        const uint64_t strings = (uint64_t)_mm_cvtsi128_si64(product) ^ now.in_string;
        now.in_string = (uint64_t)((int64_t)strings >> 63);
        const __m256i folded_low = _mm256_or_si256(low, fold), folded_high = _mm256_or_si256(high, fold);
        const uint64_t opening = redoubt_json_marks_avx2(folded_low, folded_high, '{') & ~strings;
        const uint64_t closing = redoubt_json_marks_avx2(folded_low, folded_high, '}') & ~strings;
        const uint64_t opened = (uint64_t)__builtin_popcountll(opening);
        const uint64_t closed = (uint64_t)__builtin_popcountll(closing);
        if (closed >= before.depth || before.depth + opened > before.limit) {
            *state = before;
            const size_t slow = redoubt_json_skip_slowly(state, bytes + place, 64);
            if (state->depth == 0 || state->too_deep) return place + slow;
            now = *state;
            continue;
        }
        now.depth = before.depth + opened - closed;
    }
    *state = now;
    return place;
}

REDOUBT_AVX2 static inline size_t redoubt_count_byte_avx2(
    const unsigned char *bytes, size_t count, unsigned char wanted)
{
    size_t found = 0, place = 0;
    const __m256i want = _mm256_set1_epi8((char)wanted);
    for (; place + 32 <= count; place += 32) {
        const __m256i block = _mm256_loadu_si256((const __m256i *)(bytes + place));
        found += (size_t)__builtin_popcount((unsigned)_mm256_movemask_epi8(_mm256_cmpeq_epi8(block, want)));
    }
    for (; place < count; place++) found += bytes[place] == wanted;
    return found;
}
#endif

/* Steps over the rest of an array or object of which state->depth brackets are open (1 or more).

   Returns the index behind the bracket that closes the last of them, with a depth of 0; the index of the bracket that
   is one too many, with too_deep; or count where it goes on behind these bytes. Looks at strings and brackets only. */
static inline size_t redoubt_json_skip(redoubt_json_nesting *state, const unsigned char *bytes, size_t count)
{
    size_t place = 0;
#if defined(REDOUBT_JSON_AVX2)
    if (redoubt_has_avx2()) {
        place = redoubt_json_skip_avx2(state, bytes, count);
        if (state->depth == 0 || state->too_deep) return place;
    }
#endif
    for (; place + 64 <= count; place += 64) {
        const unsigned char *at = bytes + place;
        const redoubt_json_nesting before = *state;
        const uint64_t backslashes = redoubt_json_marks(at, 0, '\\');
        const uint64_t escaped = redoubt_json_escaped(backslashes, &state->escaped);
        uint64_t strings = redoubt_json_marks(at, 0, '"') & ~escaped;
        strings ^= strings << 1;
        strings ^= strings << 2;
        strings ^= strings << 4;
        strings ^= strings << 8;
        strings ^= strings << 16;
        strings ^= strings << 32;
        strings ^= state->in_string;
        state->in_string = (uint64_t)((int64_t)strings >> 63);
        const uint64_t opening = redoubt_json_marks(at, 0x20, '{') & ~strings;
        const uint64_t closing = redoubt_json_marks(at, 0x20, '}') & ~strings;
        const uint64_t opened = (uint64_t)__builtin_popcountll(opening);
        const uint64_t closed = (uint64_t)__builtin_popcountll(closing);
        if (closed >= before.depth || before.depth + opened > before.limit) {
            *state = before;
            const size_t slow = redoubt_json_skip_slowly(state, at, 64);
            if (state->depth == 0 || state->too_deep) return place + slow;
            continue;
        }
        state->depth = before.depth + opened - closed;
    }
    return place + redoubt_json_skip_slowly(state, bytes + place, count - place);
}

/* The number of bytes that equal this one. */
static inline size_t redoubt_count_byte(const unsigned char *bytes, size_t count, unsigned char wanted)
{
    size_t found = 0, place = 0;
#if defined(REDOUBT_JSON_AVX2)
    if (redoubt_has_avx2()) return redoubt_count_byte_avx2(bytes, count, wanted);
#endif
    for (; place + 64 <= count; place += 64)
        found += (size_t)__builtin_popcountll(redoubt_json_marks(bytes + place, 0, wanted));
    for (; place < count; place++) found += bytes[place] == wanted;
    return found;
}
