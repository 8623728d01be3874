/* SPDX-License-Identifier: Apache-2.0 */
/* plan_edits.c: the plan as input of other tools: buildozer's command file, and patches. What has no such edit is a comment. */
#include "depgraph/report/plan.h"

#include <errno.h>
#include <string.h>

/* One line of a comment, whatever the text holds. */
static void put_comment(FILE *f, const struct suggestion *s, const char *text)
{
	(void)fprintf(f, "# %s: ", s->id);
	for (; *text; text++)
		if (*text == '\n')
			(void)fputs("; ", f);
		else
			(void)putc((unsigned char)*text < ' ' || *text == 0x7f ? ' ' : *text, f);
	(void)putc('\n', f);
}

int plan_buildozer(FILE *f, const struct prune *p, const struct plan_options *o)
{
	size_t i;

	(void)o;
	for (i = 0; i < p->found.count; i++) {
		const struct suggestion *s = p->found.items[i];

		put_comment(f, s, s->buildozer ? s->because : s->edit);
		if (s->buildozer)
			(void)fprintf(f, "%s\n", s->buildozer);
	}
	return fflush(f) != 0 || ferror(f) ? -EIO : 0;
}

int plan_patch(FILE *f, const struct prune *p, const struct plan_options *o)
{
	size_t i;

	(void)o;
	for (i = 0; i < p->found.count; i++) {
		const struct suggestion *s = p->found.items[i];

		put_comment(f, s, s->patch ? s->because : s->edit);
		if (s->patch)
			(void)fputs(s->patch, f);
	}
	return fflush(f) != 0 || ferror(f) ? -EIO : 0;
}
