/* SPDX-License-Identifier: Apache-2.0 */
#include "analyzers/fields.h"

#include <stdarg.h>
#include <stdio.h>

#define LONGEST_FIELD 256

bool field_print(uint8_t *out, uint64_t len, const char *fmt, ...)
{
	char text[LONGEST_FIELD + 1];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (n < 0 || (uint64_t)n != len || len > LONGEST_FIELD)
		return false;
	memcpy(out, text, len);
	return true;
}

static bool is_digit(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static const char *format_of(const uint8_t *now, uint64_t len, unsigned base)
{
	uint64_t i;

	if (base != 16)
		return base == 8 ? "%0*llo" : "%0*llu";
	for (i = 0; i < len; i++)
		if (now[i] >= 'A' && now[i] <= 'F')
			return "%0*llX";
	return "%0*llx";
}

bool field_digits(const uint8_t *now, uint64_t len, unsigned base, uint64_t value, uint8_t *out)
{
	const char *fmt = format_of(now, len, base);
	char text[LONGEST_FIELD + 1];
	uint64_t start = 0, end = len, width = 1, n;

	while (start < len && now[start] == ' ')
		start++;
	while (end > start && !is_digit(now[end - 1]))
		end--;
	if (start < end && now[start] == '0')
		width = end - start;
	n = (uint64_t)snprintf(text, sizeof(text), fmt, (int)width, (unsigned long long)value);
	if (n > len || len > LONGEST_FIELD)
		return false;
	memcpy(out, now, len);
	if (start == end && !value) /* blank: 0 */
		return true;
	/* Right-aligned numbers grow into the blanks before them, left-aligned ones into those behind. */
	if (start && start < end) {
		if (n > end)
			return false;
		memset(out, ' ', end);
		memcpy(out + end - n, text, n);
		return true;
	}
	if (n < end)
		memset(out + n, end < len ? now[end] : ' ', end - n);
	memcpy(out, text, n);
	return true;
}
