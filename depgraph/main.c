/* SPDX-License-Identifier: Apache-2.0 */
#include "base/content.h"
#include "base/verb.h"
#include "depgraph/verbs.h"

int main(int argc, char **argv)
{
	static const struct verb *const verbs[] = {
		&size_verb,  &diff_verb,   &why_verb,    &prune_verb, &gpu_verb, &apply_verb,
		&python_verb, &record_verb, &check_verb, &graph_verb, NULL,
	};
	static const struct program depgraph = {
		.name = "depgraph",
		.version = VERSION,
		.summary = "say what a program does not need, by how many bytes, and make a verified copy without it",
		.description = "depgraph reads link maps, ELF files, GPU code, build graphs and Python trees, and joins them in one list "
			       "ranked by bytes: what could go, how sure that is, the exact edit, and the command that verifies it.\n\n"
			       "size says where the bytes are, why what keeps something in, prune what could go, apply makes the "
			       "pruned copy. check holds a budget in CI.",
		.verbs = verbs,
		.usage_status = 2,
	};

	(void)content_guard_install();
	return verb_main(&depgraph, argc, argv);
}
