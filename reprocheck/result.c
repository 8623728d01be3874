/* SPDX-License-Identifier: Apache-2.0 */
#include "reprocheck/result.h"

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
