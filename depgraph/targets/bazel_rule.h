/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bazel_rule.h: what the attributes of a rule mean, whatever form they were printed in; Bazel and Buck2.
 */
#ifndef DEPGRAPH_TARGETS_BAZEL_RULE_H
#define DEPGRAPH_TARGETS_BAZEL_RULE_H

#include "depgraph/targets/builder.h"

/* A rule begins; `location` is "FILE:LINE:COLUMN" or empty. */
uint32_t bazel_rule(struct target_builder *b, enum target_system system, const char *name, size_t name_len,
		    const char *class_name, size_t class_len, const char *location, size_t location_len);
/* One value of a list, or the value of a scalar attribute. */
void bazel_attribute(struct target_builder *b, uint32_t rule, const char *attribute, const char *value, size_t n);
void bazel_flag(struct target_builder *b, uint32_t rule, const char *attribute, bool value);
/* A declared output: a label. */
void bazel_output(struct target_builder *b, uint32_t rule, const char *label, size_t n);
/* "//a/b:c/d.h" -> "a/b/c/d.h", "@repo//a:b" -> "external/repo/a/b"; cell//a/b.h of Buck -> "a/b.h". Into `out`; returns its length. */
size_t bazel_label_path(const char *label, size_t n, bool buck, char *out, size_t size);
/* Rules whose outputs are linked: what a "deps" of it means. */
bool bazel_attribute_links(const char *attribute);

#endif
