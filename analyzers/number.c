/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The numbers that formats write in fields, in every coding that layout.h
 * names.  Moments come back as seconds since 1970, UTC (formats that store
 * local time, such as MS-DOS, are read as if it were UTC: the reader compares
 * two of them and knows).
 */
#include "analyzers/layout.h"

#include <string.h>

/* Days since 1970-01-01 of a proleptic Gregorian date (H. Hinnant's days_from_civil). */
static int64_t days_from_civil(int64_t y, unsigned m, unsigned d)
{
	int64_t era, yoe, doy;

	y -= m <= 2;
	era = (y >= 0 ? y : y - 399) / 400;
	yoe = y - era * 400;
	doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static bool moment(unsigned y, unsigned mon, unsigned d, unsigned h, unsigned min, unsigned s, uint64_t *ret)
{
	if (mon < 1 || mon > 12 || d < 1 || d > 31 || h > 23 || min > 59 || s > 61)
		return false;
	*ret = (uint64_t)(days_from_civil(y, mon, d) * 86400 + h * 3600 + min * 60 + s);
	return true;
}

static bool dos_time(const uint8_t *p, uint64_t *ret)
{
	unsigned t = load_le16(p), d = load_le16(p + 2);

	return moment(1980 + (d >> 9), (d >> 5) & 15, d & 31, t >> 11, (t >> 5) & 63, 2 * (t & 31), ret);
}

/* ISO 9660: 7 bytes (years since 1900, then one byte each) or 17 (digits, then a zone byte in quarters of an hour). */
static bool iso9660_time(const uint8_t *p, uint64_t len, uint64_t *ret)
{
	uint64_t v[6];
	static const uint8_t widths[6] = { 4, 2, 2, 2, 2, 2 };
	size_t i, at = 0;

	if (len == 7)
		return moment(1900u + p[0], p[1], p[2], p[3], p[4], p[5], ret);
	if (len != 17)
		return false;
	for (i = 0; i < 6; at += widths[i++])
		if (!parse_ascii_uint(p + at, widths[i], 10, &v[i]))
			return false;
	return moment((unsigned)v[0], (unsigned)v[1], (unsigned)v[2], (unsigned)v[3], (unsigned)v[4],
		      (unsigned)v[5], ret);
}

/* "1700000000.123": the whole seconds. */
static bool decimal_text(const uint8_t *p, uint64_t len, uint64_t *ret)
{
	const uint8_t *dot = memchr(p, '.', len);

	return parse_ascii_uint(p, dot ? (size_t)(dot - p) : len, 10, ret);
}

static bool base256(const uint8_t *p, uint64_t len, uint64_t *ret)
{
	uint64_t v = 0, i;

	if (!(p[0] & 0x80))
		return parse_ascii_uint(p, len, 8, ret);
	for (i = 0; i < len; i++) {
		if (v >> 56)
			return false;
		v = v << 8 | (i ? p[i] : p[i] & 0x7f);
	}
	*ret = v;
	return true;
}

static bool uleb(const uint8_t *p, uint64_t len, uint64_t *ret)
{
	struct cursor c = cursor_make(p, len);
	uint64_t v = cursor_uleb(&c);

	if (c.failed || cursor_left(&c))
		return false;
	*ret = v;
	return true;
}

bool coded_number(const uint8_t *bytes, uint64_t len, enum coding coding, uint64_t *ret)
{
	static const uint64_t mac_epoch = 2082844800, filetime_epoch = 11644473600;

	switch (coding) {
	case CODED_LE:
	case CODED_BE:
		if (len > 8)
			return false;
		*ret = load_uint(bytes, (unsigned)len, coding == CODED_BE);
		return true;
	case CODED_DEC: return parse_ascii_uint(bytes, len, 10, ret);
	case CODED_OCT: return parse_ascii_uint(bytes, len, 8, ret);
	case CODED_HEX: return parse_ascii_uint(bytes, len, 16, ret);
	case CODED_DEC_TEXT: return decimal_text(bytes, len, ret);
	case CODED_DOS: return len >= 4 && dos_time(bytes, ret);
	case CODED_ISO9660: return iso9660_time(bytes, len, ret);
	case CODED_BASE256: return base256(bytes, len, ret);
	case CODED_MAC:
		if (len != 4 && len != 8)
			return false;
		*ret = load_uint(bytes, (unsigned)len, true) - mac_epoch;
		return true;
	case CODED_FILETIME:
		if (len != 8)
			return false;
		*ret = load_le64(bytes) / 10000000 - filetime_epoch;
		return true;
	case CODED_ULEB: return uleb(bytes, len, ret);
	case CODED_BYTES: break;
	}
	return false;
}

bool part_number(const struct layout *l, const struct part *p, uint64_t *ret)
{
	return coded_number(part_data(l, p), p->len, p->coding, ret);
}
