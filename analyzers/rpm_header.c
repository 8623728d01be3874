/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rpm_header.c: the index and the values of an RPM header structure; see rpm.c.
 *
 * Each index entry is three fields ("BUILDTIME entry", "... offset", "...
 * count") and its value one more, in the store, named by the tag alone.
 */
#include "analyzers/rpm_private.h"
#include "analyzers/formats.h"
#include "base/digest.h"

#include <errno.h>

enum value_type {
	TYPE_CHAR = 1,
	TYPE_INT8,
	TYPE_INT16,
	TYPE_INT32,
	TYPE_INT64,
	TYPE_STRING,
	TYPE_BIN,
	TYPE_STRINGS,
	TYPE_I18N
};

#define WORK_FACTOR 8

enum { SIG_SIZE = 1000, SIG_MD5 = 1004, SIG_PAYLOAD_SIZE = 1007, SIG_SHA1 = 269, SIG_LONG_SIZE = 270,
       SIG_SHA256 = 273, TAG_FILE_SIZES = 1028,
       TAG_FILE_DIGESTS = 1035, TAG_FILE_DIGEST_ALGORITHM = 5011, TAG_PAYLOAD_DIGEST = 5092, TAG_PAYLOAD_DIGEST_ALT = 5097 };

struct known_tag {
	uint32_t tag;
	const char *name;
	enum meaning meaning;
	bool recomputes;
};

static const struct known_tag signature_tags[] = {
	{ 62, "HEADERSIGNATURES", MEANS_OFFSET, false },
	{ 267, "DSAHEADER", MEANS_SIGNATURE, false },
	{ 268, "RSAHEADER", MEANS_SIGNATURE, false },
	{ SIG_SHA1, "SHA1", MEANS_CHECKSUM, true },
	{ SIG_LONG_SIZE, "LONGSIGSIZE", MEANS_SIZE, true },
	{ 271, "LONGARCHIVESIZE", MEANS_SIZE, false },
	{ SIG_SHA256, "SHA256", MEANS_CHECKSUM, true },
	{ 274, "FILESIGNATURES", MEANS_SIGNATURE, false },
	{ 278, "OPENPGP", MEANS_SIGNATURE, false },
	{ SIG_SIZE, "SIZE", MEANS_SIZE, true },
	{ 1002, "PGP", MEANS_SIGNATURE, false },
	{ SIG_MD5, "MD5", MEANS_CHECKSUM, true },
	{ 1005, "GPG", MEANS_SIGNATURE, false },
	{ SIG_PAYLOAD_SIZE, "PAYLOADSIZE", MEANS_SIZE, true },
	{ 1008, "RESERVEDSPACE", MEANS_NOTHING, false },
};

static const struct known_tag header_tags[] = {
	{ 63, "HEADERIMMUTABLE", MEANS_OFFSET, false },
	{ 100, "HEADERI18NTABLE", MEANS_TEXT, false },
	{ 1000, "NAME", MEANS_NAME, false },
	{ 1001, "VERSION", MEANS_VERSION, false },
	{ 1002, "RELEASE", MEANS_VERSION, false },
	{ 1003, "EPOCH", MEANS_VERSION, false },
	{ 1004, "SUMMARY", MEANS_TEXT, false },
	{ 1005, "DESCRIPTION", MEANS_TEXT, false },
	{ 1006, "BUILDTIME", MEANS_TIME, false },
	{ 1007, "BUILDHOST", MEANS_HOST, false },
	{ 1009, "SIZE", MEANS_SIZE, false },
	{ 1010, "DISTRIBUTION", MEANS_TEXT, false },
	{ 1011, "VENDOR", MEANS_TEXT, false },
	{ 1014, "LICENSE", MEANS_TEXT, false },
	{ 1015, "PACKAGER", MEANS_TEXT, false },
	{ 1016, "GROUP", MEANS_TEXT, false },
	{ 1020, "URL", MEANS_TEXT, false },
	{ 1021, "OS", MEANS_SETTING, false },
	{ 1022, "ARCH", MEANS_SETTING, false },
	{ 1023, "PREIN", MEANS_TEXT, false },
	{ 1024, "POSTIN", MEANS_TEXT, false },
	{ 1025, "PREUN", MEANS_TEXT, false },
	{ 1026, "POSTUN", MEANS_TEXT, false },
	{ TAG_FILE_SIZES, "FILESIZES", MEANS_SIZE, true },
	{ 1030, "FILEMODES", MEANS_MODE, false },
	{ 1033, "FILERDEVS", MEANS_DEVICE, false },
	{ 1034, "FILEMTIMES", MEANS_TIME, false },
	{ TAG_FILE_DIGESTS, "FILEDIGESTS", MEANS_CHECKSUM, true },
	{ 1036, "FILELINKTOS", MEANS_PATH, false },
	{ 1037, "FILEFLAGS", MEANS_FLAGS, false },
	{ 1039, "FILEUSERNAME", MEANS_USER, false },
	{ 1040, "FILEGROUPNAME", MEANS_GROUP, false },
	{ 1044, "SOURCERPM", MEANS_NAME, false },
	{ 1045, "FILEVERIFYFLAGS", MEANS_FLAGS, false },
	{ 1046, "ARCHIVESIZE", MEANS_SIZE, false },
	{ 1047, "PROVIDENAME", MEANS_NAME, false },
	{ 1048, "REQUIREFLAGS", MEANS_FLAGS, false },
	{ 1049, "REQUIRENAME", MEANS_NAME, false },
	{ 1050, "REQUIREVERSION", MEANS_VERSION, false },
	{ 1064, "RPMVERSION", MEANS_VERSION, false },
	{ 1080, "CHANGELOGTIME", MEANS_TIME, false },
	{ 1081, "CHANGELOGNAME", MEANS_TEXT, false },
	{ 1082, "CHANGELOGTEXT", MEANS_TEXT, false },
	{ 1085, "PREINPROG", MEANS_PATH, false },
	{ 1086, "POSTINPROG", MEANS_PATH, false },
	{ 1094, "COOKIE", MEANS_ID, false }, /* build host and time */
	{ 1095, "FILEDEVICES", MEANS_DEVICE, false },
	{ 1096, "FILEINODES", MEANS_DEVICE, false },
	{ 1097, "FILELANGS", MEANS_TEXT, false },
	{ 1106, "SOURCEPACKAGE", MEANS_FLAGS, false },
	{ 1112, "PROVIDEFLAGS", MEANS_FLAGS, false },
	{ 1113, "PROVIDEVERSION", MEANS_VERSION, false },
	{ 1116, "DIRINDEXES", MEANS_OFFSET, false },
	{ 1117, "BASENAMES", MEANS_PATH, false },
	{ 1118, "DIRNAMES", MEANS_PATH, false },
	{ 1122, "OPTFLAGS", MEANS_SETTING, false },
	{ 1124, "PAYLOADFORMAT", MEANS_SETTING, false },
	{ 1125, "PAYLOADCOMPRESSOR", MEANS_SETTING, false },
	{ 1126, "PAYLOADFLAGS", MEANS_SETTING, false },
	{ 1132, "PLATFORM", MEANS_SETTING, false },
	{ 1140, "FILECOLORS", MEANS_FLAGS, false },
	{ 1141, "FILECLASS", MEANS_NOTHING, false },
	{ 1142, "CLASSDICT", MEANS_TEXT, false },
	{ 1143, "FILEDEPENDSX", MEANS_OFFSET, false },
	{ 1144, "FILEDEPENDSN", MEANS_COUNT, false },
	{ 1145, "DEPENDSDICT", MEANS_NOTHING, false },
	{ 1146, "SOURCEPKGID", MEANS_ID, false },
	{ TAG_FILE_DIGEST_ALGORITHM, "FILEDIGESTALGO", MEANS_SETTING, false },
	{ 5012, "BUGURL", MEANS_TEXT, false },
	{ 5034, "VCS", MEANS_TEXT, false },
	{ 5062, "ENCODING", MEANS_SETTING, false },
	{ TAG_PAYLOAD_DIGEST, "PAYLOADDIGEST", MEANS_CHECKSUM, true },
	{ 5093, "PAYLOADDIGESTALGO", MEANS_SETTING, false },
	{ TAG_PAYLOAD_DIGEST_ALT, "PAYLOADDIGESTALT", MEANS_CHECKSUM, true },
};

struct value {
	uint32_t tag, type, offset, count;
	uint64_t len;      /* in the store; 0: it does not fit */
	uint64_t expected; /* offset that the values before it make */
	struct known_tag known;
};

/* Of a header's layout; values ascend by offset. A part's tag is RPM_OFFSET or RPM_VALUE with the index above. */
struct fields {
	struct rpm_header header;
	bool signature;
	uint64_t used; /* of the store */
	struct value *values;
};

static struct known_tag tag_of(uint32_t tag, bool signature)
{
	const struct known_tag *tags = signature ? signature_tags : header_tags;
	size_t n = signature ? sizeof(signature_tags) / sizeof(tags[0])
			     : sizeof(header_tags) / sizeof(tags[0]),
	       i;

	for (i = 0; i < n; i++)
		if (tags[i].tag == tag)
			return tags[i];
	return (struct known_tag){ .tag = tag };
}

static unsigned width_of(uint32_t type)
{
	switch (type) {
	case TYPE_INT16:
		return 2;
	case TYPE_INT32:
		return 4;
	case TYPE_INT64:
		return 8;
	default:
		return 1;
	}
}

/* *work counts the bytes looked at: many entries that all name the whole store are no package. */
static uint64_t value_length(const uint8_t *store, uint64_t size, const struct value *v, uint64_t *work)
{
	struct cursor c = cursor_make(store, size);
	uint32_t i;

	cursor_seek(&c, v->offset);
	if (v->type == TYPE_STRING || v->type == TYPE_STRINGS || v->type == TYPE_I18N) {
		for (i = 0; i < (v->type == TYPE_STRING ? 1 : v->count) && !c.failed; i++)
			(void)cursor_cstr(&c, NULL);
	} else {
		cursor_skip(&c, (uint64_t)v->count * width_of(v->type));
	}
	*work += c.failed ? size : c.pos - v->offset;
	return c.failed ? 0 : c.pos - v->offset;
}

static int by_offset(const void *a, const void *b)
{
	const struct value *x = a, *y = b;

	if (x->offset != y->offset)
		return x->offset < y->offset ? -1 : 1;
	return x->tag < y->tag ? -1 : x->tag > y->tag;
}

/* Reads the index, sorted by offset, and says what each offset should be. */
static void read_values(const struct layout *l, struct fields *f)
{
	uint64_t at = 0, work = 0, work_max = WORK_FACTOR * ((uint64_t)f->header.store_size + 1);
	uint32_t i;

	for (i = 0; i < f->header.count; i++) {
		struct value *v = &f->values[i];
		const uint8_t *e = l->data + RPM_INTRO_SIZE + (uint64_t)i * RPM_ENTRY_SIZE;

		v->tag = (uint32_t)load_uint(e, 4, true);
		v->type = (uint32_t)load_uint(e + 4, 4, true);
		v->offset = (uint32_t)load_uint(e + 8, 4, true);
		v->count = (uint32_t)load_uint(e + 12, 4, true);
		v->known = tag_of(v->tag, f->signature);
		if (work <= work_max)
			v->len = value_length(l->data + f->header.store, f->header.store_size, v, &work);
	}
	qsort(f->values, f->header.count, sizeof(*f->values), by_offset);
	for (i = 0; i < f->header.count; i++) {
		struct value *v = &f->values[i];
		unsigned width = width_of(v->type);

		v->expected = (at + width - 1) / width * width;
		at = v->expected + v->len;
	}
	f->used = at;
}

static const char *value_name(struct layout *l, const struct value *v)
{
	return v->known.name ? v->known.name : arena_printf(&l->arena, "tag %u", v->tag);
}

static enum coding value_coding(const struct value *v)
{
	return v->type >= TYPE_INT8 && v->type <= TYPE_INT64 && v->count == 1 ? CODED_BE : CODED_BYTES;
}

static uint32_t find_value(const struct fields *f, uint32_t tag, uint32_t offset)
{
	uint32_t lo = 0, hi = f->header.count, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (f->values[mid].offset < offset ||
		    (f->values[mid].offset == offset && f->values[mid].tag < tag))
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static void add_entry(struct layout *l, const struct fields *f, uint32_t i)
{
	uint64_t off = RPM_INTRO_SIZE + (uint64_t)i * RPM_ENTRY_SIZE;
	uint32_t index = find_value(f, (uint32_t)load_uint(l->data + off, 4, true),
				    (uint32_t)load_uint(l->data + off + 8, 4, true));
	const char *name;
	struct part *p;

	if (index >= f->header.count)
		return;
	name = value_name(l, &f->values[index]);
	if (!name)
		return;
	(void)layout_addf(l, off, 8, PART_FIELD, "%s entry", name);
	p = layout_addf(l, off + 8, 4, PART_FIELD, "%s offset", name);
	if (p) {
		p->meaning = MEANS_OFFSET;
		p->coding = CODED_BE;
		p->recomputes = true;
		p->tag = RPM_OFFSET | index << 8;
	}
	p = layout_addf(l, off + 12, 4, PART_FIELD, "%s count", name);
	if (p) {
		p->meaning = MEANS_COUNT;
		p->coding = CODED_BE;
		p->recomputes = true; /* splitting has relied on it */
		p->tag = RPM_VALUE_COUNT | index << 8;
	}
}

static void add_value(struct layout *l, const struct fields *f, uint32_t index)
{
	const struct value *v = &f->values[index];
	const char *name = value_name(l, v);
	struct part *p;

	if (!name)
		return;
	if (v->type == TYPE_STRINGS && v->count > 1)
		p = layout_add(l, f->header.store + v->offset, v->len, PART_STRINGS, name);
	else
		p = layout_add(l, f->header.store + v->offset, v->len, PART_FIELD, name);
	if (!p)
		return;
	p->meaning = v->known.meaning;
	p->coding = value_coding(v);
	p->recomputes = v->known.recomputes;
	p->tag = RPM_VALUE | index << 8;
}

int rpm_split_header(struct layout *l, const struct rpm_header *h, bool signature)
{
	struct fields *f = arena_alloc(&l->arena, sizeof(*f));
	uint64_t end = h->store;
	uint32_t i;

	if (!f)
		return -ENOMEM;
	f->header = *h;
	f->signature = signature;
	f->values = arena_array(&l->arena, (size_t)h->count + 1, sizeof(*f->values));
	if (!f->values)
		return -ENOMEM;
	l->priv = f;
	read_values(l, f);
	(void)layout_field(l, 0, 4, "magic", MEANS_MAGIC, CODED_BYTES);
	(void)layout_add(l, 4, 4, PART_PADDING, "reserved");
	(void)layout_recomputed(l, 8, 4, "entries", MEANS_COUNT, CODED_BE, RPM_COUNT);
	(void)layout_recomputed(l, 12, 4, "store size", MEANS_SIZE, CODED_BE, RPM_STORE_SIZE);
	for (i = 0; i < h->count; i++)
		add_entry(l, f, i);
	for (i = 0; i < h->count; i++) {
		struct value *v = &f->values[i];
		uint64_t at = h->store + v->offset;

		if (at > end && at - end < 8)
			(void)layout_add(l, end, at - end, PART_PADDING, "alignment");
		if (!v->len && v->count)
			layout_note(l, at, "the value of tag %u lies past the store", v->tag);
		add_value(l, f, i);
		end = at + v->len;
	}
	return 0;
}

/* The digest's bytes, or as rpm writes most of them, its hexadecimal digits and a NUL. */
static bool put_digest(enum digest_function fn, const struct digest_piece *piece, const struct part *p,
		       uint8_t *out)
{
	size_t n = fn == DIGEST_MD5 ? 16 : fn == DIGEST_SHA1 ? 20 : 32;
	uint8_t digest[32];
	char hex[65];

	if ((p->len != n && p->len != 2 * n + 1) || digest_of(fn, piece, 1, digest) < 0)
		return false;
	hex_of(digest, n, hex);
	memcpy(out, p->len == n ? (const void *)digest : hex, p->len);
	return true;
}

/* The payload without its compression. */
static int plain_payload(const struct layout *l, const struct digest_piece *payload, struct content **ret)
{
	const uint8_t *data = payload->data;
	struct spool out;
	uint64_t used;
	int r;

	r = spool_init(&out, l->budget, payload->size);
	if (r < 0)
		return r;
	if (payload->size > 2 && data[0] == 0x1f && data[1] == 0x8b)
		r = decode_deflate(DEFLATE_GZIP, data, payload->size, 0, &out, &used, NULL);
	else if (payload->size > 6 && memcmp(data, "07070", 5) == 0)
		r = spool_write(&out, data, payload->size);
	else
		r = decode_filter(data, payload->size, &out, NULL);
	if (r < 0)
		spool_release(&out);
	else
		r = spool_finish(&out, "payload", ret);
	return r;
}

static bool put_plain(const struct layout *l, const struct value *v, const struct part *p,
		      const struct digest_piece *payload, uint8_t *out)
{
	CLEANUP(content_unrefp) struct content *plain = NULL;
	struct digest_piece piece;

	if (plain_payload(l, payload, &plain) < 0)
		return false;
	if (v->tag == SIG_PAYLOAD_SIZE) {
		store_uint(out, content_size(plain), (unsigned)p->len, true);
		return true;
	}
	piece = (struct digest_piece){ content_data(plain), content_size(plain) };
	return put_digest(DIGEST_SHA256, &piece, p, out);
}

static uint32_t digest_algorithm(const struct layout *l, const struct fields *f)
{
	uint32_t i;

	for (i = 0; i < f->header.count; i++)
		if (f->values[i].tag == TAG_FILE_DIGEST_ALGORITHM && f->values[i].len == 4)
			return (uint32_t)load_uint(l->data + f->header.store + f->values[i].offset, 4, true);
	return 1; /* MD5 */
}

static bool put_files(const struct layout *l, const struct fields *f, const struct value *v,
		      const struct part *p, const struct digest_piece *payload, uint8_t *out)
{
	CLEANUP(content_unrefp) struct content *plain = NULL;
	CLEANUP(layout_unrefp) struct layout *cpio = NULL;

	if (plain_payload(l, payload, &plain) < 0 ||
	    layout_identify(plain, 0, content_size(plain), l->budget, &cpio) < 0 || cpio->analyzer != &cpio_analyzer)
		return false;
	if (v->tag == TAG_FILE_SIZES)
		return rpm_file_sizes(cpio, v->count, part_data(l, p), p->len, out);
	return rpm_file_digests(cpio, v->count, digest_algorithm(l, f), p->len, out);
}

static bool recompute_value(const struct layout *l, const struct fields *f, const struct value *v,
			    const struct part *p, uint8_t *out)
{
	const struct layout *package = l->parent;
	const struct rpm_package *pkg = package->priv;
	const uint8_t *start = package->data + pkg->header.off;
	struct digest_piece header = { start, pkg->header.size }, payload, both;

	if (!pkg->header.size || (p->len > 8 && v->known.meaning == MEANS_SIZE && v->tag != TAG_FILE_SIZES))
		return false;
	payload = (struct digest_piece){ package->data + pkg->payload, package->size - pkg->payload };
	both = (struct digest_piece){ start, package->size - pkg->header.off };
	if (!f->signature && (v->tag == TAG_FILE_DIGESTS || v->tag == TAG_FILE_SIZES))
		return put_files(l, f, v, p, &payload, out);
	if (!f->signature)
		return v->tag == TAG_PAYLOAD_DIGEST ? put_digest(DIGEST_SHA256, &payload, p, out) :
						      put_plain(l, v, p, &payload, out);
	switch (v->tag) {
	case SIG_SIZE:
	case SIG_LONG_SIZE:
		store_uint(out, both.size, (unsigned)p->len, true);
		return true;
	case SIG_MD5:
		return put_digest(DIGEST_MD5, &both, p, out);
	case SIG_SHA1:
		return put_digest(DIGEST_SHA1, &header, p, out);
	case SIG_SHA256:
		return put_digest(DIGEST_SHA256, &header, p, out);
	default:
		return put_plain(l, v, p, &payload, out);
	}
}

bool rpm_recompute(const struct layout *l, const struct part *p, uint8_t *out)
{
	const struct fields *f = l->priv;

	switch ((enum rpm_tag)(p->tag & 0xff)) {
	case RPM_COUNT:
		store_uint(out, f->header.count, 4, true);
		return true;
	case RPM_STORE_SIZE:
		store_uint(out, f->used, 4, true);
		return true;
	case RPM_OFFSET:
		store_uint(out, f->values[p->tag >> 8].expected, 4, true);
		return true;
	case RPM_VALUE_COUNT:
		memcpy(out, part_data(l, p), 4);
		return true;
	case RPM_VALUE:
		return recompute_value(l, f, &f->values[p->tag >> 8], p, out);
	default:
		return false;
	}
}
