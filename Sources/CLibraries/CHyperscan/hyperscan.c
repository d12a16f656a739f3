// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

#include "CHyperscan.h"

#include <dlfcn.h>
#include <limits.h>
#include <pthread.h>

#define MODE_BLOCK 1
#define ERROR_INVALID (-1)

typedef int (*match_handler)(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *context);

// The functions of the library, in the order of `names`.
static struct {
    const char *(*version)(void);
    int (*valid_platform)(void);
    int (*populate_platform)(chs_platform *);
    int (*compile_multi)(const char *const *, const unsigned *, const unsigned *, unsigned, unsigned,
                         const chs_platform *, chs_database **, chs_compile_error **);
    int (*compile_lit_multi)(const char *const *, const unsigned *, const unsigned *, const size_t *, unsigned,
                             unsigned, const chs_platform *, chs_database **, chs_compile_error **);
    int (*free_compile_error)(chs_compile_error *);
    int (*free_database)(chs_database *);
    int (*database_size)(const chs_database *, size_t *);
    int (*alloc_scratch)(const chs_database *, chs_scratch **);
    int (*clone_scratch)(const chs_scratch *, chs_scratch **);
    int (*free_scratch)(chs_scratch *);
    int (*scan)(const chs_database *, const char *, unsigned, unsigned, chs_scratch *, match_handler, void *);
    int (*serialize_database)(const chs_database *, char **, size_t *);
    int (*deserialize_database)(const char *, size_t, chs_database **);
} hs;

static const struct {
    const char *name;
    void *function;
} names[] = {
    {"hs_version", &hs.version},
    {"hs_valid_platform", &hs.valid_platform},
    {"hs_populate_platform", &hs.populate_platform},
    {"hs_compile_multi", &hs.compile_multi},
    {"hs_compile_lit_multi", &hs.compile_lit_multi},
    {"hs_free_compile_error", &hs.free_compile_error},
    {"hs_free_database", &hs.free_database},
    {"hs_database_size", &hs.database_size},
    {"hs_alloc_scratch", &hs.alloc_scratch},
    {"hs_clone_scratch", &hs.clone_scratch},
    {"hs_free_scratch", &hs.free_scratch},
    {"hs_scan", &hs.scan},
    {"hs_serialize_database", &hs.serialize_database},
    {"hs_deserialize_database", &hs.deserialize_database},
};

static const char *failure;

static void load(void) {
    // The library stays loaded for the life of the program.
    void *library = dlopen("libhs.so.5", RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        failure = "libhs.so.5 is not installed";
        return;
    }
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        void *symbol = dlsym(library, names[i].name);
        if (symbol == NULL) {
            failure = "libhs.so.5 lacks a function";
            return;
        }
        // POSIX lets a function be kept in a pointer to void.
        *(void **)names[i].function = symbol;
    }
}

const char *chs_load(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, load);
    return failure;
}

const char *chs_version(void) { return hs.version(); }
int chs_valid_platform(void) { return hs.valid_platform(); }
int chs_populate_platform(chs_platform *platform) { return hs.populate_platform(platform); }

int chs_compile_multi(const char *const *expressions, const unsigned *flags, const unsigned *identifiers,
                      unsigned count, chs_database **database, chs_compile_error **error) {
    return hs.compile_multi(expressions, flags, identifiers, count, MODE_BLOCK, NULL, database, error);
}

int chs_compile_literals(const char *const *literals, const unsigned *flags, const unsigned *identifiers,
                         const size_t *lengths, unsigned count, chs_database **database, chs_compile_error **error) {
    return hs.compile_lit_multi(literals, flags, identifiers, lengths, count, MODE_BLOCK, NULL, database, error);
}

void chs_free_compile_error(chs_compile_error *error) { hs.free_compile_error(error); }
void chs_free_database(chs_database *database) { hs.free_database(database); }
int chs_database_size(const chs_database *database, size_t *size) { return hs.database_size(database, size); }

int chs_alloc_scratch(const chs_database *database, chs_scratch **scratch) {
    return hs.alloc_scratch(database, scratch);
}

int chs_clone_scratch(const chs_scratch *source, chs_scratch **scratch) { return hs.clone_scratch(source, scratch); }
void chs_free_scratch(chs_scratch *scratch) { hs.free_scratch(scratch); }

static int set_bit(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *context) {
    (void)from;
    (void)to;
    (void)flags;
    ((uint64_t *)context)[id / 64] |= (uint64_t)1 << (id % 64);
    return 0;
}

int chs_scan(chs_database *const *databases, size_t count, const uint8_t *bytes, size_t length, chs_scratch *scratch,
             uint64_t *hits) {
    if (length > UINT_MAX) {
        return ERROR_INVALID;
    }
    for (size_t i = 0; i < count; i++) {
        int result = hs.scan(databases[i], (const char *)bytes, (unsigned)length, 0, scratch, set_bit, hits);
        if (result != 0) {
            return result;
        }
    }
    return 0;
}

int chs_serialize(const chs_database *database, char **bytes, size_t *length) {
    return hs.serialize_database(database, bytes, length);
}

int chs_deserialize(const char *bytes, size_t length, chs_database **database) {
    return hs.deserialize_database(bytes, length, database);
}
