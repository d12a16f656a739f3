// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors
#pragma once
#include <zstd.h>
