/* SPDX-License-Identifier: Apache-2.0 */
#include "reprocheck/report/sarif.h"

#include "base/buffer.h"
#include "base/cleanup.h"

static json_t *message_markdown(const char *text, const char *markdown)
{
	return json_pack("{s:o, s:o}", "text", json_text(text), "markdown", json_text(markdown));
}

static json_t *help_of(const struct cause *cause)
{
	CLEANUP(buffer_release) struct buffer text = BUFFER_INIT(1 << 20);
	CLEANUP(buffer_release) struct buffer markdown = BUFFER_INIT(1 << 20);
	const struct cause_fix *fix = cause->fixes;

	(void)buffer_printf(&text, "%s\n", cause->looks_like ? cause->looks_like : cause->title);
	(void)buffer_printf(&markdown, "%s\n\n", cause->looks_like ? cause->looks_like : cause->title);
	for (; fix && fix->tool; fix++) {
		(void)buffer_printf(&text, "Fix for %s: %s\n", fix->tool, fix->edit);
		(void)buffer_printf(&markdown, "- **%s**: `%s`\n", fix->tool, fix->edit);
	}
	if (cause->not_fixed_by) {
		(void)buffer_printf(&text, "Not fixed by: %s\n", cause->not_fixed_by);
		(void)buffer_printf(&markdown, "\nNot fixed by: %s\n", cause->not_fixed_by);
	}
	return text.error || markdown.error ? NULL
					    : message_markdown(buffer_str(&text), buffer_str(&markdown));
}

json_t *sarif_rule(const struct cause *cause, const char *level)
{
	json_t *o = json_object();
	int r = json_put(o, "id", json_string(cause->id));

	r |= json_put(o, "shortDescription", sarif_message(cause->title));
	r |= json_put(o, "fullDescription",
		      sarif_message(cause->looks_like ? cause->looks_like : cause->title));
	r |= json_put(o, "help", help_of(cause));
	r |= json_put(o, "defaultConfiguration", json_pack("{s:s}", "level", level));
	r |= json_put(
		o, "properties",
		json_pack("{s:[s, s]}", "tags", "reproducibility", cause->axis ? cause->axis : "other"));
	return json_checked(o, r);
}

int sarif_put_suppression(json_t *o, bool baseline, bool excluded)
{
	if (!baseline && !excluded)
		return 0;
	return json_put(o, "suppressions",
			json_pack("[{s:s, s:s}]", "kind", "external", "justification",
				  baseline ? "listed in the baseline" : "cause excluded"));
}
