// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors
#pragma once
#include "json.h"

/* Writes down where the parts of a JSON value (RFC 8259) lie, 64 bytes at a time: marks of all bytes that mean
   something are made for a block at once, so that white space and texts cost no steps of their own. Nothing here
   reads behind the bytes that it is given or writes behind the entries. Only what is certainly sound is accepted; for
   the rest the caller has a reader that says what is wrong. */

enum {
    redoubt_json_null, redoubt_json_false, redoubt_json_true, redoubt_json_number, redoubt_json_string,
    redoubt_json_escaped_string, redoubt_json_array, redoubt_json_object,
};

/* A value, or the name of a member, which comes right before its value. */
typedef struct {
    /* The first byte: of the text between the quotes for a string. */
    uint32_t offset;
    /* The bytes of the text; the parts of an array, the members of an object. */
    uint32_t length;
    /* The entry behind the value; the code of a member's name. */
    uint32_t next;
    /* One of the numbers above. */
    uint8_t code;
    /* Of an object: whether a name in it has escapes, so that its bytes and its code do not tell it. */
    uint8_t has_escaped_names;
} redoubt_json_entry;

/* A number by which most names that differ are told apart without looking at all of their bytes. */
static inline uint32_t redoubt_json_name_code(const unsigned char *name, size_t count)
{
    uint32_t first = 0, last = 0;
    if (count >= 4) {
        memcpy(&first, name, 4);
        memcpy(&last, name + count - 4, 4);
    } else if (count > 0) {
        first = name[0];
        last = (uint32_t)name[count / 2] << 8 | name[count - 1];
    }
    return (first ^ (last << 15 | last >> 17)) * 0x9E3779B1u + (uint32_t)count;
}

/* The last member of an object with a name, as the place of the name's entry; 0 where there is none. No name of the
   object has escapes. Sets again where the name is there more than once. */
static inline uint32_t redoubt_json_member(
    const redoubt_json_entry *entries, uint32_t object, const unsigned char *bytes, const unsigned char *name,
    size_t count, int *again)
{
    const redoubt_json_entry *const end = entries + entries[object].next;
    const redoubt_json_entry *member = entries + object + 1;
    /* The length and the code at once, as they stand in an entry. */
    const uint32_t pair[2] = {(uint32_t)count, redoubt_json_name_code(name, count)};
    uint64_t wanted, own;
    uint32_t found = 0;
    memcpy(&wanted, pair, 8);
    for (; member < end; member = entries + member[1].next) {
        memcpy(&own, &member->length, 8);
        if (own != wanted || memcmp(bytes + member->offset, name, count) != 0) continue;
        *again = found != 0;
        found = (uint32_t)(member - entries);
    }
    return found;
}

#if defined(REDOUBT_JSON_AVX2)
typedef struct {
    const unsigned char *bytes;
    size_t count;
    /* Where the current block begins, and the one behind it. */
    size_t base, place;
    /* What goes over from one block to the next: all ones inside a string, 1 behind a backslash, 1 behind a byte of a
       number or word. */
    uint64_t in_string, escaped, word;
    /* The backslashes of the current block, and one more than the place of the last one before it. */
    uint64_t backslashes;
    size_t backslash_end;
    /* Whether a string has a control character. */
    uint64_t bad;
} redoubt_json_blocks;

/* The marks of the next block: quotes, what stands between values outside strings, first bytes of numbers and words. */
REDOUBT_AVX2 static inline uint64_t redoubt_json_next_block(redoubt_json_blocks *blocks)
{
    unsigned char tail[64];
    const unsigned char *at = blocks->bytes + blocks->place;
    const size_t rest = blocks->count - blocks->place;
    if (rest < 64) {
        memset(tail, ' ', 64);
        memcpy(tail, at, rest);
        at = tail;
    }
    if (blocks->backslashes != 0)
        blocks->backslash_end = blocks->base + 64 - (size_t)__builtin_clzll(blocks->backslashes);
    blocks->base = blocks->place;
    blocks->place += 64;
    const __m256i low = _mm256_loadu_si256((const __m256i *)at);
    const __m256i high = _mm256_loadu_si256((const __m256i *)(at + 32));
    blocks->backslashes = redoubt_json_marks_avx2(low, high, '\\');
    const uint64_t escaped = redoubt_json_escaped(blocks->backslashes, &blocks->escaped);
    const uint64_t quotes = redoubt_json_marks_avx2(low, high, '"') & ~escaped;
    const __m128i product =
        _mm_clmulepi64_si128(_mm_set_epi64x(0, (long long)quotes), _mm_set1_epi8((char)0xFF), 0);
    /* From each opening quote up to its closing one, without that. */
    const uint64_t strings = (uint64_t)_mm_cvtsi128_si64(product) ^ blocks->in_string;
    blocks->in_string = (uint64_t)((int64_t)strings >> 63);

    /* A byte is looked up by its lower half and has to be what the table says. */
    const __m256i spaces = _mm256_setr_epi8(
        ' ', 0, 0, 0, 0, 0, 0, 0, 0, '\t', '\n', 0, 0, '\r', 0, 0,
        ' ', 0, 0, 0, 0, 0, 0, 0, 0, '\t', '\n', 0, 0, '\r', 0, 0);
    const __m256i signs = _mm256_setr_epi8(
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, ':', '{', ',', '}', 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, ':', '{', ',', '}', 0, 0);
    const __m256i control = _mm256_set1_epi8(0x1F), fold = _mm256_set1_epi8(0x20);
    const __m256i folded_low = _mm256_or_si256(low, fold), folded_high = _mm256_or_si256(high, fold);
#define REDOUBT_JSON_BITS(first, second) \
    ((uint64_t)(uint32_t)_mm256_movemask_epi8(first) | (uint64_t)(uint32_t)_mm256_movemask_epi8(second) << 32)
    const uint64_t space = REDOUBT_JSON_BITS(
        _mm256_cmpeq_epi8(low, _mm256_shuffle_epi8(spaces, low)),
        _mm256_cmpeq_epi8(high, _mm256_shuffle_epi8(spaces, high)));
    /* Brackets differ from braces by one bit. Two control characters become signs too: nobody takes them for one. */
    const uint64_t sign = REDOUBT_JSON_BITS(
        _mm256_cmpeq_epi8(folded_low, _mm256_shuffle_epi8(signs, folded_low)),
        _mm256_cmpeq_epi8(folded_high, _mm256_shuffle_epi8(signs, folded_high)));
    const uint64_t controls = REDOUBT_JSON_BITS(
        _mm256_cmpeq_epi8(_mm256_min_epu8(low, control), low),
        _mm256_cmpeq_epi8(_mm256_min_epu8(high, control), high));
#undef REDOUBT_JSON_BITS
    blocks->bad = controls & strings;
    const uint64_t word = ~(space | sign | strings | quotes);
    const uint64_t start = word & ~(word << 1 | blocks->word);
    blocks->word = word >> 63;
    return (sign & ~strings) | quotes | start;
}

/* Whether the string between two quotes has a backslash; the closing one is in the current block. */
REDOUBT_AVX2 static inline int redoubt_json_has_escape(const redoubt_json_blocks *blocks, size_t open, size_t close)
{
    if (blocks->backslashes == 0 && blocks->backslash_end <= open) return 0;
    const uint64_t before = ((uint64_t)1 << (close - blocks->base)) - 1;
    uint64_t own = blocks->backslashes & before;
    if (open >= blocks->base) return (own & ~(((uint64_t)1 << (open - blocks->base)) - 1)) != 0;
    return own != 0 || blocks->backslash_end > open;
}

/* Whether all escapes between two quotes are ones of RFC 8259, section 7. */
static inline int redoubt_json_escapes_are_sound(const unsigned char *bytes, size_t open, size_t close)
{
    size_t place = open + 1;
    while (place < close) {
        const unsigned char *found = memchr(bytes + place, '\\', close - place);
        if (found == NULL) return 1;
        place = (size_t)(found - bytes) + 1;
        switch (bytes[place]) {
        case '"': case '\\': case '/': case 'b': case 'f': case 'n': case 'r': case 't':
            place += 1;
            break;
        case 'u':
            if (close - place < 5) return 0;
            for (size_t digit = place + 1; digit < place + 5; digit++) {
                const unsigned char byte = bytes[digit], letter = byte | 0x20;
                if (!((byte >= '0' && byte <= '9') || (letter >= 'a' && letter <= 'f'))) return 0;
            }
            place += 5;
            break;
        default:
            return 0;
        }
    }
    return 1;
}

/* The index behind a number or word, with its code; 0 where it is none, or where nothing that may follow it does. */
static inline size_t redoubt_json_word_end(const unsigned char *bytes, size_t start, size_t count, uint8_t *code)
{
    size_t place = start;
#define REDOUBT_JSON_DIGITS \
    do { \
        const size_t first = place; \
        while (place < count && (unsigned char)(bytes[place] - '0') < 10) place++; \
        if (place == first) return 0; \
    } while (0)
    switch (bytes[start]) {
    case 't': *code = redoubt_json_true; place += 4; break;
    case 'f': *code = redoubt_json_false; place += 5; break;
    case 'n': *code = redoubt_json_null; place += 4; break;
    default:
        *code = redoubt_json_number;
        if (bytes[place] == '-') place++;
        if (place < count && bytes[place] == '0') place++;
        else REDOUBT_JSON_DIGITS;
        if (place < count && bytes[place] == '.') {
            place++;
            REDOUBT_JSON_DIGITS;
        }
        if (place < count && (bytes[place] | 0x20) == 'e') {
            place++;
            if (place < count && (bytes[place] == '+' || bytes[place] == '-')) place++;
            REDOUBT_JSON_DIGITS;
        }
    }
#undef REDOUBT_JSON_DIGITS
    if (place >= count) return 0;
    if (*code == redoubt_json_true && memcmp(bytes + start, "true", 4) != 0) return 0;
    if (*code == redoubt_json_false && memcmp(bytes + start, "false", 5) != 0) return 0;
    if (*code == redoubt_json_null && memcmp(bytes + start, "null", 4) != 0) return 0;
    switch (bytes[place]) {
    case ' ': case '\t': case '\n': case '\r': case ',': case ']': case '}': return place;
    default: return 0;
    }
}

/* See redoubt_json_tape. */
REDOUBT_AVX2 static inline int redoubt_json_tape_avx2(
    const unsigned char *bytes, size_t count, redoubt_json_entry *entries, size_t capacity, size_t depth_limit,
    size_t *end)
{
    const uint32_t none = UINT32_MAX;
    redoubt_json_blocks blocks = {.bytes = bytes, .count = count};
    uint64_t marks = 0;
    size_t used = 0, depth = 0, at, open;
    uint32_t container = none;
    uint8_t code;
#define REDOUBT_JSON_NEXT \
    do { \
        while (marks == 0) { \
            if (blocks.place >= count) return 2; \
            marks = redoubt_json_next_block(&blocks); \
            if (blocks.bad != 0) return 2; \
        } \
        at = blocks.base + (size_t)__builtin_ctzll(marks); \
        marks &= marks - 1; \
    } while (0)
#define REDOUBT_JSON_APPEND(start, bytes_of, behind, kind) \
    do { \
        if (used == capacity) return 1; \
        entries[used] = (redoubt_json_entry){(uint32_t)(start), (uint32_t)(bytes_of), (uint32_t)(behind), (kind), 0}; \
        used++; \
    } while (0)
    REDOUBT_JSON_NEXT;
value:
    switch (bytes[at]) {
    case '"':
        open = at;
        REDOUBT_JSON_NEXT;
        code = redoubt_json_string;
        if (redoubt_json_has_escape(&blocks, open, at)) {
            if (!redoubt_json_escapes_are_sound(bytes, open, at)) return 2;
            code = redoubt_json_escaped_string;
        }
        REDOUBT_JSON_APPEND(open + 1, at - open - 1, used + 1, code);
        break;
    case '{':
        if (depth++ >= depth_limit) return 2;
        REDOUBT_JSON_APPEND(at, 0, container, redoubt_json_object);
        container = (uint32_t)used - 1;
        REDOUBT_JSON_NEXT;
        if (bytes[at] == '}') goto close;
        goto name;
    case '[':
        if (depth++ >= depth_limit) return 2;
        REDOUBT_JSON_APPEND(at, 0, container, redoubt_json_array);
        container = (uint32_t)used - 1;
        REDOUBT_JSON_NEXT;
        if (bytes[at] == ']') goto close;
        goto value;
    default: {
        const size_t behind = redoubt_json_word_end(bytes, at, count, &code);
        if (behind == 0) return 2;
        REDOUBT_JSON_APPEND(at, behind - at, used + 1, code);
    }
    }
part:
    /* A value is complete. Which is no array or object lies in one, or nothing more is to be read. */
    if (container == none) return 2;
    entries[container].length++;
    REDOUBT_JSON_NEXT;
    if (bytes[at] == ',') {
        REDOUBT_JSON_NEXT;
        if (entries[container].code == redoubt_json_object) goto name;
        goto value;
    }
    if (bytes[at] != (entries[container].code == redoubt_json_object ? '}' : ']')) return 2;
close: {
    const uint32_t outer = entries[container].next;
    entries[container].next = (uint32_t)used;
    container = outer;
    depth--;
    if (container != none) goto part;
    *end = at + 1;
    return 0;
}
name:
    if (bytes[at] != '"') return 2;
    open = at;
    REDOUBT_JSON_NEXT;
    code = redoubt_json_string;
    if (redoubt_json_has_escape(&blocks, open, at)) {
        if (!redoubt_json_escapes_are_sound(bytes, open, at)) return 2;
        code = redoubt_json_escaped_string;
        entries[container].has_escaped_names = 1;
    }
    REDOUBT_JSON_APPEND(open + 1, at - open - 1, redoubt_json_name_code(bytes + open + 1, at - open - 1), code);
    REDOUBT_JSON_NEXT;
    if (bytes[at] != ':') return 2;
    REDOUBT_JSON_NEXT;
    goto value;
#undef REDOUBT_JSON_NEXT
#undef REDOUBT_JSON_APPEND
}
#endif

/* Writes down the array or object with which bytes begin, behind white space.

   Returns 0 where it ends in these bytes and is sound, with the index behind it; 1 where it has more parts than
   capacity; 2 where it does not end here, is not sound, or something behind it in the same block is not; 3 where this
   processor cannot do it. count is below 4 GiB. */
static inline int redoubt_json_tape(
    const unsigned char *bytes, size_t count, redoubt_json_entry *entries, size_t capacity, size_t depth_limit,
    size_t *end)
{
#if defined(REDOUBT_JSON_AVX2)
    if (redoubt_has_avx2()) return redoubt_json_tape_avx2(bytes, count, entries, capacity, depth_limit, end);
#endif
    return 3;
}
