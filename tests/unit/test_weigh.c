/* SPDX-License-Identifier: Apache-2.0 */
/* trial.h: how much of a cause is left with a fix, and what is said of it. */
#include "reprocheck/run/trial.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TIME  AXIS_BIT(AXIS_TIME)
#define HOST  AXIS_BIT(AXIS_HOST)
#define NOISE AXIS_SET_INTRINSIC

/* ---- a comparison made by hand --------------------------------------------------------------------------- */

static struct finding findings[3][4];
static struct space spaces[3];
static struct space *list[3] = { &spaces[0], &spaces[1], &spaces[2] };
static struct entry_difference entries[1];
static struct comparison comparison;

static void begin(void)
{
	size_t i;

	memset(findings, 0, sizeof(findings));
	memset(spaces, 0, sizeof(spaces));
	comparison = (struct comparison){ .spaces = list, .entries = entries };
	for (i = 0; i < 3; i++)
		spaces[i].findings = findings[i];
}

static void put(size_t space, const char *name, const char *cause, enum byte_class class, axis_set axes, uint64_t bytes)
{
	struct space *s = &spaces[space];

	s->name = name;
	s->findings[s->finding_count++] = (struct finding){
		.cause = cause_find(cause), .class = class, .axes = axes, .bytes = bytes
	};
	if (comparison.space_count <= space)
		comparison.space_count = space + 1;
}

static struct suspect *suspect(struct suspect *all, size_t count, const char *cause)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (strcmp(all[i].cause->id, cause) == 0)
			return &all[i];
	fail_msg("%s is no suspect", cause);
	return NULL;
}

static struct proof judged(struct site site)
{
	struct proof p = { 0 };

	site_judge(&site, &p);
	return p;
}

/* ---- suspects -------------------------------------------------------------------------------------------- */

static void test_each_cause_has_its_sites(void **state)
{
	struct suspect *all, *s;
	size_t n;

	(void)state;
	begin();
	put(0, "z.o", "embedded-timestamp", CLASS_PRIMARY, TIME, 4);
	put(0, "z.o", "embedded-timestamp", CLASS_PRIMARY, HOST, 2);
	put(0, "z.o", "derived-checksum", CLASS_DERIVED, TIME, 9);
	put(1, "a.o", "embedded-timestamp", CLASS_PRIMARY, NOISE, 4);
	put(1, "a.o", "build-host", CLASS_PRIMARY, HOST, 4);
	assert_int_equal(suspects_find(&comparison, &all, &n), 0);
	assert_int_equal(n, 2);
	s = suspect(all, n, "embedded-timestamp");
	assert_int_equal(s->axes, TIME | HOST | NOISE);
	assert_int_equal(s->site_count, 2);
	assert_string_equal(s->sites[0].name, "a.o");
	assert_true(s->sites[0].noisy);
	assert_string_equal(s->sites[1].name, "z.o");
	assert_false(s->sites[1].noisy);
	assert_int_equal(suspect(all, n, "build-host")->site_count, 1);
	suspects_free(all, n);
}

static void test_many_sites_stay_sorted(void **state)
{
	static char names[1000][8];
	static struct space many[1000];
	static struct space *pointers[1000];
	static struct finding each[1000];
	struct comparison c = { .spaces = pointers, .space_count = 1000 };
	struct suspect *all;
	size_t n, i;

	(void)state;
	for (i = 0; i < 1000; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "%zu", i * 7919 % 1000);
		each[i] = (struct finding){ .cause = cause_find("build-host"), .class = CLASS_PRIMARY, .axes = HOST };
		many[i] = (struct space){ .name = names[i], .findings = &each[i], .finding_count = 1 };
		pointers[i] = &many[i];
	}
	assert_int_equal(suspects_find(&c, &all, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(all[0].site_count, 1000);
	for (i = 1; i < 1000; i++)
		assert_true(strcmp(all[0].sites[i - 1].name, all[0].sites[i].name) < 0);
	assert_non_null(site_proof(&all[0], "999"));
	assert_null(site_proof(&all[0], "1000"));
	suspects_free(all, n);
}

static void test_entries_are_a_site_of_their_own(void **state)
{
	struct weight w[1] = { { 0, 0 } };
	struct suspect *all;
	uint64_t elsewhere = 0;
	size_t n;

	(void)state;
	begin();
	entries[0] = (struct entry_difference){ .name = "run", .what = "mode", .cause = cause_find("umask"), .axes = HOST };
	comparison.entry_count = 1;
	assert_int_equal(suspects_find(&comparison, &all, &n), 0);
	assert_int_equal(n, 1);
	assert_string_equal(all[0].sites[0].name, "");
	weigh_comparison(&comparison, &all[0], w, &elsewhere);
	assert_int_equal(w[0].cause, 1);
	assert_int_equal(elsewhere, 0);
	suspects_free(all, n);
}

/* ---- weights --------------------------------------------------------------------------------------------- */

static void test_bytes_go_to_the_cause_to_others_and_elsewhere(void **state)
{
	struct weight w[1] = { { 0, 0 } };
	struct suspect *all;
	uint64_t elsewhere = 0;
	size_t n;

	(void)state;
	begin();
	put(0, "x.o", "build-host", CLASS_PRIMARY, HOST, 4);
	put(0, "x.o", "embedded-timestamp", CLASS_PRIMARY, TIME, 7);
	put(0, "x.o", "derived-checksum", CLASS_DERIVED, TIME, 100);
	put(1, "y.o", "embedded-timestamp", CLASS_PRIMARY, TIME, 11);
	put(1, "y.o", "random-uuid", CLASS_PRIMARY, NOISE, 30);
	assert_int_equal(suspects_find(&comparison, &all, &n), 0);
	weigh_comparison(&comparison, suspect(all, n, "build-host"), w, &elsewhere);
	assert_int_equal(w[0].cause, 4);
	assert_int_equal(w[0].others, 7);
	assert_int_equal(elsewhere, 11);
	suspects_free(all, n);
}

static void test_chance_counts_only_where_the_suspect_is_chance(void **state)
{
	struct weight w[1];
	struct suspect *all;
	uint64_t elsewhere = 0;
	size_t n;

	(void)state;
	begin();
	put(0, "x", "build-host", CLASS_PRIMARY, HOST, 4);
	put(0, "x", "random-uuid", CLASS_PRIMARY, NOISE, 30);
	put(0, "x", "random-uuid", CLASS_PRIMARY, NOISE | TIME, 2);
	assert_int_equal(suspects_find(&comparison, &all, &n), 0);
	memset(w, 0, sizeof(w));
	weigh_comparison(&comparison, suspect(all, n, "build-host"), w, &elsewhere);
	assert_int_equal(w[0].cause, 4);
	assert_int_equal(w[0].others, 2); /* an axis has a part in it */
	memset(w, 0, sizeof(w));
	weigh_comparison(&comparison, suspect(all, n, "random-uuid"), w, &elsewhere);
	assert_int_equal(w[0].cause, 32);
	assert_int_equal(w[0].others, 4);
	suspects_free(all, n);
}

/* Which of several axes moved a byte a trial cannot tell. */
static void test_default_causes_of_the_axes_are_one(void **state)
{
	struct weight w[1] = { { 0, 0 } };
	struct suspect *all;
	uint64_t elsewhere = 0;
	size_t n;

	(void)state;
	begin();
	put(0, "x", "build-host", CLASS_PRIMARY, HOST | TIME, 4);
	assert_int_equal(suspects_find(&comparison, &all, &n), 0);
	begin();
	put(0, "x", "embedded-timestamp", CLASS_PRIMARY, HOST | TIME, 3);
	put(0, "x", "debug-build-path", CLASS_PRIMARY, HOST | TIME, 5);
	weigh_comparison(&comparison, &all[0], w, &elsewhere);
	assert_int_equal(w[0].cause, 3);
	assert_int_equal(w[0].others, 5);
	suspects_free(all, n);
}

/* ---- verdicts -------------------------------------------------------------------------------------------- */

static void test_nothing_left_is_proved(void **state)
{
	struct proof p = judged((struct site){ .plain = { 10, 3 }, .fixed = { 0, 3 } });

	(void)state;
	assert_int_equal(p.status, PROOF_PROVED);
	assert_int_equal(p.before, 10);
	assert_int_equal(p.after, 0);
	assert_int_equal(judged((struct site){ .plain = { 10, 3 } }).status, PROOF_PROVED);
}

static void test_what_was_not_there_proves_nothing(void **state)
{
	(void)state;
	assert_int_equal(judged((struct site){ .plain = { 0, 3 }, .fixed = { 0, 3 } }).status, PROOF_NONE);
}

static void test_a_fifth_less_is_where_an_effect_begins(void **state)
{
	(void)state;
	assert_int_equal(judged((struct site){ .plain = { 100, 0 }, .fixed = { 120, 0 } }).status, PROOF_NO_EFFECT);
	assert_int_equal(judged((struct site){ .plain = { 100, 0 }, .fixed = { 80, 0 } }).status, PROOF_NO_EFFECT);
	assert_int_equal(judged((struct site){ .plain = { 100, 0 }, .fixed = { 79, 0 } }).status, PROOF_PARTLY);
	assert_int_equal(judged((struct site){ .plain = { 100, 0 }, .fixed = { 1, 0 } }).status, PROOF_PARTLY);
	assert_int_equal(judged((struct site){ .plain = { 1, 0 }, .fixed = { 1, 0 } }).status, PROOF_NO_EFFECT);
}

static void test_another_look_is_no_effect(void **state)
{
	struct proof p = judged((struct site){ .plain = { 10, 0 }, .fixed = { 0, 10 } });

	(void)state;
	assert_int_equal(p.status, PROOF_NO_EFFECT);
	assert_int_equal(p.after, 10);
	assert_int_equal(judged((struct site){ .plain = { 10, 1000 }, .fixed = { 0, 1010 } }).status, PROOF_NO_EFFECT);
	assert_int_equal(judged((struct site){ .plain = { 10, 0 }, .fixed = { 0, 4 } }).status, PROOF_PARTLY);
}

static void test_digits_of_a_hash_are_not_held_against_a_fix(void **state)
{
	(void)state;
	assert_int_equal(judged((struct site){ .plain = { 40, 58 }, .fixed = { 0, 61 } }).status, PROOF_PROVED);
	assert_int_equal(judged((struct site){ .plain = { 40, 58 }, .fixed = { 0, 80 } }).status, PROOF_PARTLY);
}

static void test_random_bytes_vary_by_themselves(void **state)
{
	(void)state;
	assert_int_equal(judged((struct site){ .noisy = true, .plain = { 4, 30 }, .fixed = { 0, 34 } }).status,
			 PROOF_PROVED);
	assert_int_equal(judged((struct site){ .plain = { 4, 30 }, .fixed = { 0, 34 } }).status, PROOF_NO_EFFECT);
	assert_int_equal(judged((struct site){ .noisy = true, .plain = { 16, 0 }, .fixed = { 0, 16 } }).status,
			 PROOF_NO_EFFECT);
}

static void test_random_bytes_are_held_against_the_least_of_them(void **state)
{
	(void)state;
	assert_int_equal(judged((struct site){ .noisy = true, .plain = { 311, 0 }, .least = 196, .fixed = { 224, 0 } })
				 .status,
			 PROOF_NO_EFFECT);
	assert_int_equal(judged((struct site){ .noisy = true, .plain = { 311, 0 }, .least = 196, .fixed = { 97, 0 } })
				 .status,
			 PROOF_PARTLY);
	assert_int_equal(judged((struct site){ .plain = { 311, 0 }, .fixed = { 224, 0 } }).status, PROOF_PARTLY);
}

/* Two equal runs of a race prove nothing. */
static void test_chance_asks_for_more_runs(void **state)
{
	struct site sites[2] = { { .name = "a" }, { .name = "b" } };
	struct suspect s = { .axes = TIME, .sites = sites, .site_count = 2 };

	(void)state;
	assert_int_equal(trial_runs_to_be_sure(&s), 0);
	sites[1].noisy = true;
	s.axes = NOISE;
	assert_true(trial_runs_to_be_sure(&s) >= 5);
	sites[0].noisy = sites[0].rare = true;
	assert_true(trial_runs_to_be_sure(&s) >= 8);
	assert_true(trial_runs_to_be_sure(&s) < TRIAL_RUNS_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_cause_has_its_sites),
		cmocka_unit_test(test_many_sites_stay_sorted),
		cmocka_unit_test(test_entries_are_a_site_of_their_own),
		cmocka_unit_test(test_bytes_go_to_the_cause_to_others_and_elsewhere),
		cmocka_unit_test(test_chance_counts_only_where_the_suspect_is_chance),
		cmocka_unit_test(test_default_causes_of_the_axes_are_one),
		cmocka_unit_test(test_nothing_left_is_proved),
		cmocka_unit_test(test_what_was_not_there_proves_nothing),
		cmocka_unit_test(test_a_fifth_less_is_where_an_effect_begins),
		cmocka_unit_test(test_another_look_is_no_effect),
		cmocka_unit_test(test_digits_of_a_hash_are_not_held_against_a_fix),
		cmocka_unit_test(test_random_bytes_vary_by_themselves),
		cmocka_unit_test(test_random_bytes_are_held_against_the_least_of_them),
		cmocka_unit_test(test_chance_asks_for_more_runs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
