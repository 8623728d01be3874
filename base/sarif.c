/* SPDX-License-Identifier: Apache-2.0 */
#include "base/sarif.h"

#include "base/buffer.h"
#include "base/cleanup.h"

#include <ctype.h>
#include <string.h>

#define URI_MAX 16384

json_t *sarif_uri(const char *name)
{
	CLEANUP(buffer_release) struct buffer b = BUFFER_INIT(URI_MAX);

	for (; *name; name++) {
		unsigned char c = (unsigned char)*name;

		if (c < 0x80 && (isalnum(c) || strchr("-._~/", c)))
			(void)buffer_putc(&b, (char)c);
		else
			(void)buffer_printf(&b, "%%%02X", c);
	}
	return b.error ? NULL : json_string(buffer_str(&b));
}

json_t *sarif_message(const char *text)
{
	json_t *s = json_text(text);

	return s ? json_pack("{s:o}", "text", s) : NULL;
}
