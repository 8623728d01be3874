/* SPDX-License-Identifier: Apache-2.0 */
/*
 * depfile.h: headers of an object from a compiler's dependency file.
 */
#ifndef DEPGRAPH_TARGETS_DEPFILE_H
#define DEPGRAPH_TARGETS_DEPFILE_H

#include "depgraph/targets/builder.h"

/* The headers go to `object`; NULL: to the object that the rule names. false: there is no rule in it. */
bool depfile_read(struct target_builder *b, const char *data, size_t size, const char *object, size_t object_len);

#endif
