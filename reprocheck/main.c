/* SPDX-License-Identifier: Apache-2.0 */
#include "base/content.h"
#include "base/verb.h"
#include "reprocheck/verbs.h"

int main(int argc, char **argv)
{
	static const struct verb *const verbs[] = {
		&diff_verb, &run_verb, &log_verb, &lint_verb, &show_verb, &explain_verb, &causes_verb, NULL,
	};
	static const struct program reprocheck = {
		.name = "reprocheck",
		.version = VERSION,
		.summary =
			"say which bytes of a build's output are not deterministic, why, and what to change",
		.description = "reprocheck compares repeated outputs of one build, down to the byte: every "
			       "differing byte gets a place, "
			       "an owner and a cause, and every cause a fix.\n\n"
			       "Bytes that only follow from others (checksums, offsets, build-ids, "
			       "compressed payloads) are shown to follow by "
			       "recomputing them, and folded away.\n\n"
			       "run makes the builds itself, under conditions that it varies one by one, and "
			       "proves fixes; log compares execution logs; lint reads one build.",
		.verbs = verbs,
		.usage_status = 2,
	};

	(void)content_guard_install();
	return verb_main(&reprocheck, argc, argv);
}
