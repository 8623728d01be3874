/* SPDX-License-Identifier: Apache-2.0 */
/* rpm.c, rpm_header.c: packages made by rpmbuild. */
#include "tests/unit/archive_checks.h"

#define BUILD(payload)                                                                                        \
	"printf '%s\\n' 'Name: hello' 'Version: 1' 'Release: 1' 'Summary: s' 'License: MIT' 'BuildArch: noarch'" \
	" '%description' d '%install' 'mkdir -p %{buildroot}/opt; echo hi > %{buildroot}/opt/f; ln -s f %{buildroot}/opt/l; mkdir %{buildroot}/opt/d; echo more > %{buildroot}/opt/d/g' '%files' /opt/f /opt/l /opt/d" \
	" > x.spec && SOURCE_DATE_EPOCH=1700000000 rpmbuild --define '_topdir '$PWD/r --define 'use_source_date_epoch_as_buildtime 1'" \
	" --define '_buildhost builder.example' --define '_binary_payload " payload "' -bb x.spec &&"         \
	" cp r/RPMS/noarch/*.rpm x.rpm"

static void check_package(const char *payload_field)
{
	struct layout *l = layout_of_file("x.rpm");

	assert_string_equal(l->analyzer->name, "rpm");
	assert_int_equal(l->note_count, 0);
	assert_value(l, "header//BUILDTIME", MEANS_TIME, "\x65\x53\xf1\x00", 4);
	assert_value(l, "header//NAME", MEANS_NAME, "hello", 6);
	assert_starts(l, "header//BUILDHOST", MEANS_HOST, "builder.example");
	assert_starts(l, "header//SOURCERPM", MEANS_NAME, "hello-1-1.src.rpm");
	assert_proved(l, "signature//MD5");
	assert_proved(l, "signature//SHA1");
	assert_proved(l, "signature//SHA256");
	assert_proved(l, "signature//SIZE");
	assert_proved(l, "signature//PAYLOADSIZE");
	assert_proved(l, "header//PAYLOADDIGEST");
	assert_proved(l, "header//PAYLOADDIGESTALT");
	assert_proved(l, "header//FILEDIGESTS");
	assert_proved(l, "header//FILESIZES");
	assert_proved(l, "header//BUILDHOST offset");
	assert_int_equal(find_path(l, "payload").kind, PART_CONTENT);
	assert_true(find_path(l, payload_field).count == 1);
	assert_all_proved(l, 60);
	layout_unref(l);
}

static void test_gzip_payload(void **state)
{
	(void)state;
	made_by("rpmbuild", BUILD("w6.gzdio"));
	check_package("payload//mtime");
	assert_survives("x.rpm", 97);
}

static void test_xz_payload(void **state)
{
	(void)state;
	made_by("rpmbuild", BUILD("w2.xzdio"));
	check_package("payload//stream flags");
}

static void test_zstd_payload(void **state)
{
	(void)state;
	made_by("rpmbuild", BUILD("w3.zstdio"));
	check_package("payload//frame header descriptor");
}

/* An index that asks for more than there is. */
static void test_absurd_index(void **state)
{
	uint8_t file[96 + 16] = { 0xed, 0xab, 0xee, 0xdb };
	struct layout *l;

	(void)state;
	memcpy(file + 96, "\x8e\xad\xe8\x01\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff", 16);
	l = layout_of(file, sizeof(file));
	assert_int_equal(l->count, 2);
	assert_int_equal(l->parts[1].kind, PART_UNCLAIMED);
	assert_int_equal(l->notes[0].off, 96);
	layout_unref(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_gzip_payload, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(test_xz_payload, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(test_zstd_payload, scratch_setup, scratch_teardown),
		cmocka_unit_test(test_absurd_index),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
