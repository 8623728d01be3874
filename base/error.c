/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"

#include "base/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Keeps the end of a name that is too long: the end tells files apart. */
static void store_file(struct error *err, const char *file)
{
	size_t len = strlen(file), room = sizeof(err->file) - 1;

	if (len <= room)
		memcpy(err->file, file, len + 1);
	else
		(void)snprintf(err->file, sizeof(err->file), "...%s", file + len - (room - 3));
}

static void store_error(struct error *err, int code, const char *file, uint64_t offset, const char *fmt,
			va_list ap) __attribute__((format(printf, 5, 0)));

/* The first error stays. */
static void store_error(struct error *err, int code, const char *file, uint64_t offset, const char *fmt,
			va_list ap)
{
	if (!err || err->code)
		return;
	err->code = code;
	store_file(err, file ? file : "");
	(void)vsnprintf(err->message, sizeof(err->message), fmt, ap);
	err->has_offset = offset != ERROR_NO_OFFSET;
	err->offset = offset;
}

int error_set(struct error *err, int code, const char *file, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	store_error(err, code, file, ERROR_NO_OFFSET, fmt, ap);
	va_end(ap);
	return code;
}

int error_set_at(struct error *err, int code, const char *file, uint64_t offset, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	store_error(err, code, file, offset, fmt, ap);
	va_end(ap);
	return code;
}

/* Names come from archives and messages quote them, so control characters are escaped on their way out. */
struct text {
	char *out;
	size_t size, len;
};

static void text_put(struct text *t, const char *s)
{
	size_t left = strlen(s), used, len;
	char quoted[QUOTED_MAX];

	while ((used = quote_character(s, left, quoted, &len)) > 0) {
		if (len >= t->size - t->len)
			break;
		memcpy(t->out + t->len, quoted, len);
		t->len += len;
		s += used;
		left -= used;
	}
	t->out[t->len] = '\0';
}

/* A code that is no errno still has to be told. */
static const char *describe_code(int code, char out[32])
{
	const char *text = strerrordesc_np(-code);

	if (text)
		return text;
	(void)snprintf(out, 32, "error %d", code);
	return out;
}

const char *error_text(const struct error *err, char *out, uint64_t size)
{
	struct text t = { .out = out, .size = size };
	char number[32];

	if (size == 0)
		return out;
	out[0] = '\0';
	if (err->file[0]) {
		text_put(&t, err->file);
		text_put(&t, ": ");
	}
	if (err->has_offset) {
		(void)snprintf(number, sizeof(number), "offset 0x%llx: ", (unsigned long long)err->offset);
		text_put(&t, number);
	}
	if (err->message[0])
		text_put(&t, err->message);
	if (err->message[0] && err->code)
		text_put(&t, " (");
	if (err->code || !err->message[0])
		text_put(&t, describe_code(err->code, number));
	if (err->message[0] && err->code)
		text_put(&t, ")");
	return out;
}

void error_report(const char *program, const struct error *err)
{
	/* Every byte of both texts may be escaped to four characters. */
	char text[4 * (sizeof(err->file) + sizeof(err->message)) + 128];

	(void)fprintf(stderr, "%s: %s\n", program, error_text(err, text, sizeof(text)));
}
