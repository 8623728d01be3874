/* SPDX-License-Identifier: Apache-2.0 */
/* javaclass.c: what javac writes, and a class by hand. */
#include "tests/unit/made.h"

#define SOURCE                                                                                             \
	"printf '%s' 'public class X { int a; static final long L = 5000000000L; static final String S = " \
	"\"marker\"; "                                                                                     \
	"public static void main(String[] x) { System.out.println(x.length); } }' >X.java; "

static void class_of_javac(void **state)
{
	struct layout *l;

	(void)state;
	made_by("javac", SOURCE "javac -g X.java");
	l = made_layout("X.class", "javaclass");
	assert_field(l, "major_version", MEANS_VERSION);
	assert_kind(l, "field a I", PART_GROUP);
	assert_kind(l, "field S Ljava/lang/String;//ConstantValue", PART_GROUP);
	assert_kind(l, "method main([Ljava/lang/String;)V//Code//code", PART_CODE);
	assert_kind(l, "method main([Ljava/lang/String;)V//Code//LineNumberTable", PART_GROUP);
	assert_kind(l, "SourceFile//sourcefile_index", PART_FIELD);
	assert_proved(l, "SourceFile//attribute_length");
	assert_proved(l, "method main([Ljava/lang/String;)V//Code//code_length");
	assert_proved(l, "fields_count");
	assert_proved(l, "methods_count");
	assert_proved(l, "attributes_count");
	layout_unref(l);
}

static void count_text(void *ctx, const char *path, struct layout *l, const struct part *p)
{
	unsigned *count = ctx;

	if (strcmp(path, "constant_pool//Utf8") == 0 && p->len == 9 && p->meaning == MEANS_TEXT &&
	    memcmp(part_data(l, p), "\1\0\6marker", 9) == 0)
		++*count;
}

static void constants_are_fields(void **state)
{
	unsigned count = 0;
	struct layout *l;

	(void)state;
	made_by("javac", SOURCE "javac X.java");
	l = made_layout("X.class", "javaclass");
	walk_layout(l, "", 0, count_text, &count);
	assert_int_equal(count, 1);
	assert_int_equal(find_path(l, "constant_pool//Long").len, 9);
	layout_unref(l);
}

/* One Utf8, one Long (which takes two indices), an attribute called by the Utf8. */
static const uint8_t by_hand[] = "\xca\xfe\xba\xbe\0\0\0\x34"
				 "\0\5\5\1\2\3\4\5\6\7\x8\1\0\4test\3\0\0\0\1"
				 "\0\x21\0\1\0\1\0\0\0\0\0\0\0\1\0\3\0\0\0\2zz";

static void a_long_takes_two_indices(void **state)
{
	struct layout *l = layout_of(by_hand, sizeof(by_hand) - 1);

	(void)state;
	assert_string_equal(l->analyzer->name, "javaclass");
	assert_int_equal(l->note_count, 0);
	assert_kind(l, "test//info", PART_RAW);
	assert_proved(l, "test//attribute_length");
	layout_unref(l);
}

static void a_truncated_class_says_where(void **state)
{
	struct layout *l = layout_of(by_hand, sizeof(by_hand) - 2);

	(void)state;
	assert_string_equal(l->analyzer->name, "javaclass");
	assert_true(l->note_count > 0);
	layout_unref(l);
}

static void malformed(void **state)
{
	(void)state;
	hammer(by_hand, sizeof(by_hand) - 1);
	made_by("javac", SOURCE "javac -g X.java");
	hammer_file("X.class");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(class_of_javac),
		cmocka_unit_test(constants_are_fields),
		cmocka_unit_test(a_long_takes_two_indices),
		cmocka_unit_test(a_truncated_class_says_where),
		cmocka_unit_test(malformed),
	};

	return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
