// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors
//
// Hyperscan's block mode, found with dlopen when the program runs, so that one program also runs where the library is
// missing. The prototypes follow Hyperscan's developer reference, version 5.4. Every function but chs_load may only be
// called after chs_load has returned NULL; those that return int return 0 or Hyperscan's negative error code.
#pragma once

#include <stddef.h>
#include <stdint.h>

typedef struct hs_database chs_database;
typedef struct hs_scratch chs_scratch;

/// The processor that databases are made for.
typedef struct {
    unsigned int tune;
    unsigned long long cpu_features;
    unsigned long long reserved1;
    unsigned long long reserved2;
} chs_platform;

/// Why expressions were refused; `expression` is the index of the culprit, negative where it is none in particular.
typedef struct {
    char *message;
    int expression;
} chs_compile_error;

enum {
    CHS_FLAG_CASELESS = 1,
    CHS_FLAG_DOTALL = 2,
    CHS_FLAG_MULTILINE = 4,
    CHS_FLAG_SINGLEMATCH = 8,
    CHS_FLAG_ALLOWEMPTY = 16,
    CHS_FLAG_PREFILTER = 128,
};

/// Loads the library once; NULL where it is there with all functions, else why not. For all threads.
const char *chs_load(void);

/// The version as the library spells it, such as "5.4.0 2021-01-26".
const char *chs_version(void);

/// Whether the processor can run the library.
int chs_valid_platform(void);

int chs_populate_platform(chs_platform *platform);

/// Compiles expressions for whole blocks of bytes.
int chs_compile_multi(const char *const *expressions, const unsigned *flags, const unsigned *identifiers,
                      unsigned count, chs_database **database, chs_compile_error **error);

/// Compiles literal bytes for whole blocks of bytes.
int chs_compile_literals(const char *const *literals, const unsigned *flags, const unsigned *identifiers,
                         const size_t *lengths, unsigned count, chs_database **database, chs_compile_error **error);

void chs_free_compile_error(chs_compile_error *error);
void chs_free_database(chs_database *database);
int chs_database_size(const chs_database *database, size_t *size);

/// Makes `scratch` fit the database too; it may point to NULL at first.
int chs_alloc_scratch(const chs_database *database, chs_scratch **scratch);
int chs_clone_scratch(const chs_scratch *source, chs_scratch **scratch);
void chs_free_scratch(chs_scratch *scratch);

/// Scans with each database in turn and sets the bit of every identifier that is found; `hits` has to have room for
/// the highest one. Stops at the first error.
int chs_scan(chs_database *const *databases, size_t count, const uint8_t *bytes, size_t length, chs_scratch *scratch,
             uint64_t *hits);

/// The database as bytes that the caller frees with free().
int chs_serialize(const chs_database *database, char **bytes, size_t *length);
int chs_deserialize(const char *bytes, size_t length, chs_database **database);
