/* SPDX-License-Identifier: Apache-2.0 */
#include "reprocheck/run/experiment.h"

const char *axis_state_name(enum axis_state s)
{
	static const char *const names[] = { [AXIS_VERIFIED] = "verified",
					     [AXIS_INEFFECTIVE] = "ineffective",
					     [AXIS_PARTIAL] = "partial",
					     [AXIS_LEFT_OUT] = "left out",
					     [AXIS_NOT_REACHED] = "not reached" };

	return names[s];
}

const char *axis_verdict_name(enum axis_verdict v)
{
	static const char *const names[] = { [VERDICT_NONE] = "",
					     [VERDICT_NO_EFFECT] = "no effect",
					     [VERDICT_CAUSES] = "causes",
					     [VERDICT_INTERACTS] = "interacts",
					     [VERDICT_FAILS] = "fails" };

	return names[v];
}

const char *proof_status_name(enum proof_status s)
{
	static const char *const names[] = {
		[PROOF_NONE] = "not tried",      [PROOF_PROVED] = "proved", [PROOF_PARTLY] = "partly",
		[PROOF_NO_EFFECT] = "no effect", [PROOF_FAILED] = "failed", [PROOF_PATCHED] = "patched"
	};

	return names[s];
}
