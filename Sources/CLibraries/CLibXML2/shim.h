// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors
#pragma once
// Debian's libxml2 pulls in the headers of ICU, which clash with those of the copy inside Foundation. They only
// describe two fields of a struct that is not used here.
#include <libxml/xmlversion.h>
#undef LIBXML_ICU_ENABLED
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <libxml/xmlreader.h>
#include <libxml/xmlschemas.h>
#include <libxml/valid.h>
#include <libxml/xpath.h>
#include <libxml/xpathInternals.h>
#include <libxml/xmlerror.h>
