/* SPDX-License-Identifier: Apache-2.0 */
#include "reprocheck/compare/result.h"

const char *class_name(enum byte_class c)
{
	static const char *const names[CLASS_COUNT] = {
		[CLASS_PRIMARY] = "primary", [CLASS_DERIVED] = "derived", [CLASS_UNEXPLAINED] = "unexplained"
	};

	return names[c];
}

const char *evidence_name(enum evidence e)
{
	static const char *const names[] = { [LEVEL_UNEXPLAINED] = "unexplained",
					     [LEVEL_RECOGNISED] = "recognised",
					     [LEVEL_CAUSED] = "caused",
					     [LEVEL_PROVED] = "proved" };

	return names[e];
}

const char *space_status_name(enum space_status s)
{
	static const char *const names[] = { [SPACE_SAME] = "same",
					     [SPACE_DIFFERS] = "differs",
					     [SPACE_ONLY_A] = "only-in-a",
					     [SPACE_ONLY_B] = "only-in-b",
					     [SPACE_TROUBLE] = "trouble" };

	return names[s];
}
