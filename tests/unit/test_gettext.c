/* SPDX-License-Identifier: Apache-2.0 */
/* gettext.c: catalogues of msgfmt in both byte orders. */
#include "tests/unit/made.h"

#define PO                                                                                          \
	"printf '%s\\n' 'msgid \"\"' 'msgstr \"\"' '\"Project-Id-Version: x 1\\n\"' "               \
	"'\"PO-Revision-Date: 2024-05-06 07:08+0000\\n\"' '\"Last-Translator: A <a@b>\\n\"' "       \
	"'\"Content-Type: text/plain; charset=UTF-8\\n\"' '' 'msgid \"hello\"' 'msgstr \"hallo\"' " \
	"'' 'msgid \"bye\"' 'msgstr \"bis bald\"' >a.po; "

static void check_catalogue(const char *name)
{
	struct layout *l = made_layout(name, "gettext");

	assert_text(l, "header entry//PO-Revision-Date", MEANS_TIME,
		    "PO-Revision-Date: 2024-05-06 07:08+0000\n");
	assert_field(l, "header entry//Last-Translator", MEANS_USER);
	assert_field(l, "header entry//Content-Type", MEANS_TEXT);
	assert_kind(l, "original strings", PART_STRINGS);
	assert_proved(l, "offset of translations");
	assert_proved(l, "offset of hash table");
	assert_kind(l, "translated strings", PART_STRINGS);
	assert_kind(l, "table of originals", PART_RECORDS);
	assert_int_equal(find_path(l, "(unclaimed)").count, 0);
	layout_unref(l);
}

static void both_byte_orders(void **state)
{
	(void)state;
	made_by("msgfmt",
		PO "msgfmt --endianness=little a.po -o le.mo; msgfmt --endianness=big a.po -o be.mo");
	check_catalogue("le.mo");
	check_catalogue("be.mo");
}

static void no_hash_table(void **state)
{
	(void)state;
	made_by("msgfmt", PO "msgfmt --no-hash a.po -o a.mo");
	check_catalogue("a.mo");
}

static void no_header_entry(void **state)
{
	struct layout *l;

	(void)state;
	made_by("msgfmt", "printf '%s\\n' 'msgid \"a\"' 'msgstr \"b\"' >b.po; msgfmt b.po -o b.mo");
	l = made_layout("b.mo", "gettext");
	assert_int_equal(find_path(l, "header entry").count, 0);
	assert_int_equal(find_path(l, "translated strings").len, 2);
	layout_unref(l);
}

static void numbers_are_read_in_the_files_order(void **state)
{
	struct layout *l;
	uint64_t v = 0;

	(void)state;
	made_by("msgfmt", PO "msgfmt --endianness=big a.po -o be.mo");
	l = made_layout("be.mo", "gettext");
	assert_true(part_number(l, layout_find(l, "number of strings"), &v));
	assert_int_equal(v, 3);
	layout_unref(l);
}

static void malformed(void **state)
{
	(void)state;
	made_by("msgfmt", PO "msgfmt a.po -o a.mo");
	hammer_file("a.mo");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_byte_orders), cmocka_unit_test(no_hash_table),
		cmocka_unit_test(no_header_entry),  cmocka_unit_test(numbers_are_read_in_the_files_order),
		cmocka_unit_test(malformed),
	};

	return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
