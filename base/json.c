/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include "base/buffer.h"
#include "base/bytes.h"
#include "base/cleanup.h"

#include <errno.h>
#include <string.h>

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

/* Length of the valid UTF-8 at the beginning. */
static size_t valid_prefix(const uint8_t *p, size_t n)
{
	size_t i = 0;
	unsigned len;

	while ((len = utf8_sequence(p + i, n - i, NULL)) > 0)
		i += len;
	return i;
}

json_t *json_bytes(const void *p, size_t n)
{
	CLEANUP(buffer_release) struct buffer text = BUFFER_INIT(SIZE_MAX);
	const uint8_t *bytes = p;
	size_t valid;

	if (n == 0)
		return json_string("");
	valid = valid_prefix(bytes, n);
	if (valid == n)
		return json_stringn_nocheck(p, n);
	while (n > 0) {
		(void)buffer_append(&text, bytes, valid);
		bytes += valid;
		n -= valid;
		if (n > 0) {
			(void)buffer_puts(&text, REPLACEMENT);
			bytes++;
			n--;
		}
		valid = valid_prefix(bytes, n);
	}
	return text.error ? NULL : json_stringn_nocheck(text.data, text.len);
}

json_t *json_text(const char *s)
{
	return json_bytes(s, strlen(s));
}

int json_put(json_t *object, const char *key, json_t *value)
{
	/* This takes the reference on failure too, and refuses NULL. */
	return json_object_set_new(object, key, value) == 0 ? 0 : -ENOMEM;
}

int json_write(FILE *f, const json_t *j)
{
	if (json_dumpf(j, f, JSON_INDENT(2) | JSON_ENCODE_ANY) < 0 || fputc('\n', f) == EOF)
		return -EIO;
	return fflush(f) == 0 && !ferror(f) ? 0 : -EIO;
}
