/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lint_kind_of() and lint_rules(): for each piece of build rules, which lines are told by which rule; and,
 * as important, which are not.
 */
#include "reprocheck/lint/lint.h"

#include "base/buffer.h"
#include "base/cleanup.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

struct example {
	const char *text;
	const char *expected; /* "LINE:RULE" of each problem, separated by blanks */
};

static int note(void *ctx, const struct problem *p)
{
	struct buffer *b = ctx;

	assert_non_null(p->cause);
	assert_non_null(p->fix);
	assert_true(p->line > 0 && p->column > 0);
	return buffer_printf(b, "%s%u:%s", b->len ? " " : "", p->line, p->rule);
}

static void lint(const char *name, enum lint_kind kind, const char *text, size_t n, problem_sink sink,
		 void *ctx)
{
	CLEANUP(content_unrefp) struct content *c = NULL;
	struct error err = { 0 };

	assert_int_equal(content_copy(text, n, name, &c), 0);
	assert_int_equal(lint_rules(name, c, kind, sink, ctx, &err), 0);
}

static void check(enum lint_kind kind, const struct example *examples, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		struct buffer b = BUFFER_INIT(1 << 16);

		lint("file", kind, examples[i].text, strlen(examples[i].text), note, &b);
		if (strcmp(buffer_str(&b), examples[i].expected) != 0)
			fail_msg("%s\nis told as: %s\nexpected:   %s", examples[i].text, buffer_str(&b),
				 examples[i].expected);
		buffer_release(&b);
	}
}
#define CHECK(kind, examples) check(kind, examples, sizeof(examples) / sizeof((examples)[0]))

/* ---- make ---- */

static void test_make_times(void **state)
{
	static const struct example examples[] = {
		{ "D := $(shell date)\nCFLAGS += -DBUILT=\\\"$(D)\\\"\n", "1:date" },
		{ "D := $(shell date -u +%Y)\nV = $(D)\nx.h:\n\techo '#define D $(V)' > $@\n", "1:date" },
		{ "x.h:\n\tdate > $@\n", "2:date" },
		{ "x.h:\n\techo $$(date) >> $@\n", "2:date" },
		{ "x.h:\n\techo `date` \\\n\t\t> x.h\n", "2:date" },
		{ "x.h:\n\t(echo a; date) > x.h\n", "2:date" },
		{ "x.h:\n\tsed -e \"s/@D@/$$(date)/\" in > $@\n", "2:date" },
		{ "x.h:\n\tdate | tee x.h\n", "2:date" },
		{ "D != date\nCFLAGS = -DD=$(D)\n", "1:date" },
		{ "a b: CFLAGS += -DD=$(shell date)\n", "1:date" },
		/* Nothing comes of these. */
		{ "# $(shell date)\n", "" },
		{ "D := $(shell date)\n", "" },
		{ "D := $(shell date)\nall:\n\t@echo built at $(D)\n", "" },
		{ "all:\n\tstart=$$(date +%s); make x; echo $$(( $$(date +%s) - start ))\n", "" },
		{ "all:\n\tdocker run --name $$(date +%s) image\n", "" },
		{ "x:\n\techo date > $@\n", "" },
		{ "x.stamp:\n\tdate > $@\n", "" },
		{ "check:\n\tdate > out.txt\n", "" },
		{ "clean:\n\tdate > out.txt\n", "" },
		{ "x:\n\tdate > build.log\n", "" },
		{ "x:\n\tdate > /dev/null\n", "" },
		{ "x:\n\tdate -d @1 > y\n", "" },
		{ "x:\n\tdate -u -r file > y\n", "" },
		{ "x.h:\n\tdate -d @$(SOURCE_DATE_EPOCH) > y\n\techo `date` > z\n", "" },
		{ "$(info $(shell date))\n", "" },
		{ "DATE = today\nx:\n\techo $(DATE) > $@\n", "" },
		{ "CFLAGS += -DX=1 $(shell date)\n", "" },
	};

	(void)state;
	CHECK(LINT_MAKE, examples);
}

static void test_make_orders(void **state)
{
	static const struct example examples[] = {
		{ "S = $(wildcard *.c)\nO = $(S:.c=.o)\nprog: $(O)\n\t$(CC) -o $@ $^\n",
		  "1:unsorted-wildcard" },
		{ "S = $(wildcard a/*.c) $(wildcard b/*.c)\nprog:\n\t$(CC) -o $@ $(S)\n",
		  "1:unsorted-wildcard" },
		{ "x.so: $(wildcard *.o)\n\tld -shared -o $@ $^\n", "1:unsorted-wildcard" },
		{ "S := $(shell find . -name '*.c')\nprog:\n\t$(CC) -o $@ $(S)\n", "1:unsorted-find" },
		{ "all.txt:\n\tcat $$(find . -name '*.txt') > $@\n", "2:unsorted-find" },
		{ "l.a:\n\tfind . -name '*.o' | xargs ar rcsD $@\n", "2:unsorted-find" },
		/* Sorted, not used in an order, or asked for only. */
		{ "S = $(sort $(wildcard *.c))\nprog:\n\t$(CC) -o $@ $(S)\n", "" },
		{ "S := $(shell find . -name '*.c' | LC_ALL=C sort)\nprog:\n\t$(CC) -o $@ $(S)\n", "" },
		{ "H = $(wildcard *.h)\nx.o: x.c $(H)\n\t$(CC) -c -o $@ x.c\n", "" },
		{ "ifneq ($(wildcard config.mk),)\ninclude config.mk\nendif\n", "" },
		{ "C = $(wildcard config.mk)\nprog:\n\t$(CC) -o $@ $(C)\n", "" },
		{ "clean:\n\trm -f $(wildcard *.o)\n", "" },
		{ "S = $(wildcard *.c)\nall:\n\tfor f in $(S); do $(CC) -o $$f.out $$f; done\n", "" },
		{ "x:\n\tfind . -name '*.o' -exec rm {} +\n", "" },
		{ "x:\n\tfind . -name '*.o' | xargs -n 1 strip\n", "" },
		{ "W = $(words $(wildcard *.c))\nx:\n\t$(CC) -DN=$(W) -o $@ x.c\n", "" },
	};

	(void)state;
	CHECK(LINT_MAKE, examples);
}

static void test_make_archives(void **state)
{
	static const struct example examples[] = {
		{ "l.a:\n\t$(AR) rcs $@ $^\n", "2:ar-without-D" },
		{ "l.a:\n\t@$(Q)$(CROSS)ar cr $@ x.o\n", "2:ar-without-D" },
		{ "ARFLAGS = rv\n", "1:arflags-without-D" },
		{ "l.a:\n\t$(AR) rcsD $@ $^\n\tranlib $@\n", "3:ranlib-without-D" },
		{ "x.tar:\n\ttar -cf $@ dir\n", "2:tar-without-mtime" },
		{ "x.tgz:\n\ttar czf $@ --mtime=@0 dir\n", "2:tar-without-sort" },
		{ "x.tgz:\n\ttar czf $@ --mtime=@0 --sort=name dir\n", "2:tar-without-owner" },
		{ "x.tgz:\n\ttar cf - dir | gzip > $@\n", "2:tar-without-mtime" },
		{ "x.gz:\n\tgzip -9 x\n", "2:gzip-without-n" },
		{ "x.gz:\n\tgzip -c x > $@\n", "2:gzip-without-n" },
		{ "x.zip:\n\tzip -r $@ dir\n", "2:zip-without-X" },
		{ "x.jar:\n\tjar cf $@ -C classes .\n", "2:jar-without-date" },
		{ "x.xz:\n\txz -T0 x\n", "2:xz-threads" },
		/* As they should be. */
		{ "l.a:\n\t$(AR) Drcs $@ $^\n", "" },
		{ "l.a:\n\t$(AR) t $@\n\t$(AR) x $@\n\t$(AR) d $@ m.o\n", "" },
		{ "l.a:\n\tllvm-ar rcs $@ x.o\n", "" },
		{ "l.a:\n\t$(AR) $(ARFLAGS) $@ x.o\n", "" },
		{ "l.a:\n\tranlib $@\n", "" },
		{ "ARFLAGS = Drc\n", "" },
		{ "x.tar:\n\ttar -cf $@ --sort=name --mtime=@0 --owner=0 --group=0 dir\n", "" },
		{ "x:\n\ttar cf - dir | (cd there && tar xf -)\n", "" },
		{ "x:\n\ttar xf dir.tar\n", "" },
		{ "x:\n\ttar cf t.tar dir\n\ttar xf t.tar -C there\n", "" },
		{ "x.tar:\n\ttar $(TAR_OPTIONS) -cf $@ dir\n", "" },
		{ "x.gz:\n\tgzip -n9 x\n\tgzip < y > $@\n\tcat y | gzip > $@\n\tgzip -d z.gz\n", "" },
		{ "x.zip:\n\tzip -rX $@ dir\n\tunzip y.zip\n", "" },
		{ "x.xz:\n\txz -T1 x\n\txz -dT0 y.xz\n\tzstd -T0 z\n", "" },
		{ "x:\n\t@echo tar cf x.tar dir\n\techo 'gzip x'\n", "" },
		{ "backup:\n\ttar cf /backup.tar dir\n", "" },
	};

	(void)state;
	CHECK(LINT_MAKE, examples);
}

static void test_make_other_sources(void **state)
{
	static const struct example examples[] = {
		{ "V := $(shell git describe --dirty)\nCFLAGS += -DV=\\\"$(V)\\\"\n", "1:git-revision" },
		{ "go:\n\tgo build -ldflags \"-X main.v=$(shell git rev-parse HEAD)\" .\n",
		  "2:git-revision" },
		{ "CFLAGS += -DROOT=\\\"$(CURDIR)\\\"\n", "1:build-directory" },
		{ "LDFLAGS += -Wl,-rpath,$(abspath lib)\n", "1:build-directory" },
		{ "CFLAGS += -DHOST=\\\"$(shell hostname)\\\"\n", "1:hostname" },
		{ "CFLAGS += -DK=\\\"$(shell uname -r)\\\"\n", "1:kernel-release" },
		{ "x.h:\n\techo $$USER > $@\n", "2:user-name" },
		{ "x.h:\n\techo $$RANDOM > $@\n", "2:random" },
		{ "x.h:\n\techo '#define T '`mktemp` > $@\n", "2:mktemp" },
		{ "x:\n\tuuidgen > $@\n", "2:uuid" },
		{ "x.h:\n\techo '#define N '$$(nproc) > $@\n", "2:cpu-count" },
		{ "CFLAGS = -O2 -march=native -mtune=native\n", "1:march-native" },
		{ "CFLAGS = -mtune=native\n", "1:mtune-native" },
		{ "LDFLAGS = -Wl,--build-id=uuid\n", "1:build-id-uuid" },
		{ "x.pyc:\n\tpython3 -m compileall dir\n", "2:compileall-mtime" },
		{ "x.bin:\n\tcurl -o $@ http://example.org/x\n", "2:network-in-rule" },
		/* The same words where they do no harm. */
		{ "V := $(shell git describe)\nall:\n\t@echo $(V)\n", "" },
		{ "T := $(shell git rev-parse --show-toplevel)\nCFLAGS += -DT=$(T)\n", "" },
		{ "x:\n\tcmake -DCMAKE_INSTALL_PREFIX=$(CURDIR)/out .\n", "" },
		{ "CFLAGS += -I$(CURDIR)/include\n", "" },
		{ "OS := $(shell uname -s)\nCFLAGS += -DOS=$(OS)\n", "" },
		{ "USER = me\nx.h:\n\techo $(USER) > $@\n", "" },
		{ "all:\n\t$(MAKE) -j$$(nproc)\n", "" },
		{ "x:\n\tt=$$(mktemp); cc -o $$t x.c; mv $$t $@\n", "" },
		{ "x:\n\tcc -march=native -E - < /dev/null\n", "" },
		{ "x:\n\tpython3 -m compileall --invalidation-mode unchecked-hash d\n", "" },
		{ "x.bin:\n\tcurl -o $@ http://example.org/x && sha256sum -c sums\n", "" },
		{ "download:\n\tcurl -O http://example.org/x\n", "" },
	};

	(void)state;
	CHECK(LINT_MAKE, examples);
}

/* ---- shell ---- */

static void test_shell(void **state)
{
	static const struct example examples[] = {
		{ "now=$(date)\necho \"built $now\" > version.h\n", "1:date" },
		{ "cat > v.h <<END\n#define D \"$(date)\"\nEND\n", "2:date" },
		{ "cat > v.h <<-\"END\"\n\t#define D \"$(date)\"\n\tEND\ndate > x\n", "4:date" },
		{ "f() {\n  date\n}\nf > out\n", "2:date" },
		{ "{ echo a\n if true; then date; fi; } > out\n", "2:date" },
		{ "for f in $(find . -name '*.x'); do\n echo $f\ndone > list\n", "1:unsorted-find" },
		{ "find . -type f | while read f; do echo $f; done > list\n", "1:unsorted-find" },
		{ "case $1 in\n a) date > out ;;\n *) uuidgen > id ;;\nesac\n", "2:date 3:uuid" },
		{ "A=(1 2 $(date))\necho ${A[@]} > out; echo $A > out\n", "1:date" },
		{ "export CFLAGS=\"$CFLAGS -DD='$(date)'\"\n", "1:date" },
		{ "echo \"$(echo \"$(date)\")\" > out\n", "1:date" },
		{ "x=`date` && \\\n echo $x > out\n", "1:date" },
		{ "sed -i \"s|@ROOT@|$(pwd)|\" config.h\n", "1:build-directory" },
		/* Quoted, commented, thrown away, calculated, sorted. */
		{ "# date > out\necho 'date > out' > out\n", "" },
		{ "cat > v.h <<'END'\n$(date)\nEND\n", "" },
		{ "start=$(date +%s)\nsleep 1\necho $(( $(date +%s) - start )) > took\n", "" },
		{ "echo \"$(date): starting\" >&2\nLOG=x.log; date >> $LOG\n", "" },
		{ "usage() { echo \"usage: $0 [date]\"; }\n", "" },
		{ "date=1; echo $date > out\n", "" },
		{ "find . | sort > list\n", "" },
		{ "d=$(find . -name config.h); cat $d > out\n", "" },
		{ "cd \"$(dirname \"$0\")\" && pwd\n", "" },
		{ "sed \"s|$(pwd)/||\" in > out.h\n", "" },
		{ "if [[ $(date) > x ]]; then :; fi\n", "" },
		{ "git log --format='%aN' > AUTHORS\n", "" },
		{ "date +%s > \"$GITHUB_OUTPUT\"\n", "" },
	};

	(void)state;
	CHECK(LINT_SHELL, examples);
}

/* ---- the others ---- */

static void test_cmake(void **state)
{
	static const struct example examples[] = {
		{ "string(TIMESTAMP T \"%Y\")\nadd_definitions(-DT=\"${T}\")\n", "1:cmake-timestamp" },
		{ "execute_process(COMMAND git rev-parse HEAD\n  OUTPUT_VARIABLE R)\nconfigure_file(a b)\n",
		  "1:git-revision" },
		{ "execute_process(COMMAND hostname OUTPUT_VARIABLE H)\nfile(WRITE out \"${H}\")\n",
		  "1:hostname" },
		{ "set(CMAKE_C_FLAGS \"${CMAKE_C_FLAGS} -march=native\")\n", "1:march-native" },
		{ "target_compile_definitions(x PRIVATE ROOT=\"${CMAKE_SOURCE_DIR}\")\n",
		  "1:build-directory" },
		{ "add_custom_command(OUTPUT a\n  COMMAND date > a)\n", "2:date" },
		{ "add_custom_command(OUTPUT a COMMAND ${CMAKE_AR} rcs a b.o)\n", "1:ar-without-D" },
		{ "site_name(H)\nfile(WRITE out ${H})\n", "1:hostname" },
		{ "string(RANDOM LENGTH 8 R)\nfile(WRITE out ${R})\n", "1:cmake-random" },
		{ "cmake_host_system_information(RESULT H QUERY HOSTNAME)\nfile(WRITE out ${H})\n",
		  "1:hostname" },
		{ "set(X [==[ ]] ]==])\nstring(TIMESTAMP T)\nfile(WRITE v.h \"${T}\")\n",
		  "2:cmake-timestamp" },
		/* */
		{ "# string(TIMESTAMP T)\n#[[ string(TIMESTAMP T)\nfile(WRITE o ${T}) ]]\n", "" },
		{ "string(TIMESTAMP T)\nmessage(STATUS \"${T}\")\n", "" },
		{ "string(TIMESTAMP T) # SOURCE_DATE_EPOCH\nfile(WRITE o ${T})\n", "" },
		{ "file(GLOB S *.c)\nadd_library(x ${S})\n", "" },
		{ "check_c_compiler_flag(-march=native HAS_NATIVE)\n", "" },
		{ "set(ARGS -DX=${CMAKE_BINARY_DIR})\n", "" },
		{ "set(FLAGS -DX:PATH=${CMAKE_BINARY_DIR})\n", "" },
		{ "target_compile_definitions(unit_tests PRIVATE D=\"${CMAKE_SOURCE_DIR}\")\n", "" },
		{ "add_definitions(-DA=\\\"${B}\\\")\nset(X \"${CMAKE_SOURCE_DIR}\")\n", "" },
	};

	(void)state;
	CHECK(LINT_CMAKE, examples);
}

static void test_bazel(void **state)
{
	static const struct example examples[] = {
		{ "genrule(name = 'x', outs = ['y'], cmd = 'date > $@')\n", "1:date" },
		{ "genrule(\n  cmd = \"echo $$(date) \" +\n    \"> $@\",\n)\n", "2:date" },
		{ "genrule(cmd = \"\"\"\n  tar czf $@ $(SRCS)\n\"\"\")\n", "2:tar-without-mtime" },
		{ "genrule(cmd = select({\n 'a': 'date > $@',\n 'b': 'true',\n}))\n", "2:date" },
		{ "ctx.actions.run_shell(command = 'ar rcs %s x.o' % out)\n", "1:ar-without-D" },
		{ "cc_library(copts = ['-march=native'])\n", "1:march-native" },
		{ "cc_binary(name = 'x', stamp = 1)\n", "1:bazel-stamp" },
		/* */
		{ "cc_binary(name = 'x', stamp = -1)\ndef f(stamp = 1):\n  pass\n", "" },
		{ "x(stamp = 1 if y else 0)\n", "" },
		{ "cc_library(srcs = glob(['*.c']))\n", "" },
		{ "# cmd = 'date > $@'\nx(doc = 'date > $@')\n", "" },
		{ "genrule(cmd = 'SOURCE_DATE_EPOCH=0 date > $@')\n", "" },
	};

	(void)state;
	CHECK(LINT_BAZEL, examples);
}

static void test_python(void **state)
{
	static const struct example examples[] = {
		{ "import datetime\nf.write('built %s' % datetime.datetime.now())\n", "2:python-time" },
		{ "now = time.time()\nwith open('x', 'w') as f:\n    f.write(f'{now}')\n", "1:python-time" },
		{ "print(time.strftime('%Y'), file=out)\n", "1:python-time" },
		{ "def stamp():\n    return uuid.uuid4()\nf.write(str(stamp()))\n", "2:python-random" },
		{ "Extension('m', sources=glob.glob('src/*.c'))\n", "1:python-unsorted-listing" },
		{ "s = []\nfor f in os.listdir('src'):\n    s.append(f)\nExtension('m', s)\n",
		  "2:python-unsorted-listing" },
		{ "x = Extension('m', define_macros=[('HOST', socket.gethostname())])\n", "1:hostname" },
		{ "v = subprocess.check_output(['git', 'describe'])\nopen('v', 'w').write(v)\n",
		  "1:git-revision" },
		{ "gzip.open('x.gz', 'wb').write(data)\n", "1:python-gzip-mtime" },
		{ "shutil.make_archive('x', 'zip', 'd')\n", "1:python-make-archive" },
		/* */
		{ "start = time.time()\nwork()\nprint(time.time() - start)\n", "" },
		{ "start = time.time()\nf.write(str(time.time() - start))\n", "" },
		{ "sys.stderr.write(str(datetime.now()))\n", "" },
		{ "Extension('m', sources=sorted(glob.glob('src/*.c')))\n", "" },
		{ "s = glob.glob('*.c')\ns.sort()\nExtension('m', s)\n", "" },
		{ "random.seed(1)\nf.write(random.random())\n", "" },
		{ "'''f.write(time.time())'''\n# f.write(time.time())\n", "" },
		{ "def f():\n    now = time.time()\ndef g(now):\n    out.write(now)\n", "" },
		{ "gzip.open('x.gz', 'rb').read()\ngzip.GzipFile('x', 'wb', mtime=0)\n", "" },
		{ "t = int(os.environ['SOURCE_DATE_EPOCH'])\nf.write(time.time())\n", "" },
		{ "time.strftime('%Y', time.gmtime(0))\nf.write(time.strftime('%Y', t))\n", "" },
	};

	(void)state;
	CHECK(LINT_PYTHON, examples);
}

static void test_c(void **state)
{
	static const struct example examples[] = {
		{ "const char *v = __DATE__ \" \" __TIME__;\n", "1:date-time-macro" },
		{ "#define V __TIMESTAMP__\n", "1:date-time-macro" },
		{ "char a[] = \"/* \" __DATE__;\nint x = '\"';\nchar *b = __TIME__;\n",
		  "1:date-time-macro 3:date-time-macro" },
		{ "/* __DATE__ */ // __TIME__ \\\n __DATE__\nconst char *s = \"__DATE__\";\n", "" },
		{ "#ifdef __DATE__\n#endif\n#if defined(__TIME__) && \\\n defined(__DATE__)\n#endif\n#undef "
		  "__DATE__\n",
		  "" },
		{ "#define __DATE__ \"x\"\nchar *s = __DATE__;\n", "" },
		{ "#define IS_TIME(__TIME__) ((__TIME__) < 4 || \\\n (__TIME__) == 9)\n", "" },
		{ "char s[sizeof(__DATE__)];\n", "" },
		{ "auto s = R\"x( __DATE__ )\" )x\";\n", "" },
		{ "int my__DATE__x = 1, __DATE__2;\n", "" },
	};

	(void)state;
	CHECK(LINT_C, examples);
}

static void test_dockerfile_and_ninja(void **state)
{
	static const struct example dockerfile[] = {
		{ "FROM x\nRUN date > /etc/info\n", "2:date" },
		{ "RUN a && \\\n# comment\n    tar cf /x.tar dir\n", "3:tar-without-mtime" },
		{ "RUN <<END\ndate > /etc/info\nEND\nRUN date > /x\n", "2:date 4:date" },
		{ "# RUN date > /x\nENV X=date\nRUN [\"date\"]\nLABEL a=\"RUN date > /x\"\n", "" },
		{ "RUN curl -O http://example.org/x\n", "" },
	};
	static const struct example ninja[] = {
		{ "rule ar\n  command = rm -f $out && ar crs $out $in\n", "2:ar-without-D" },
		{ "rule stamp\n  command = echo $$(date) $\n    > $out\n", "2:date" },
		{ "rule cc\n  command = cc -c $in\n  description = date > $out\n", "" },
	};

	(void)state;
	CHECK(LINT_DOCKERFILE, dockerfile);
	CHECK(LINT_NINJA, ninja);
}

/* ---- what is said ---- */

static void test_silenced_by_a_comment(void **state)
{
	static const struct example examples[] = {
		{ "x:\n\tgzip x # reprocheck: ignore\n", "" },
		{ "# reprocheck: ignore\nARFLAGS = rc\n", "" },
		{ "# reprocheck: ignore[arflags-without-D]\nARFLAGS = rc\n", "" },
		{ "# reprocheck: ignore[other, ar-timestamps]\nARFLAGS = rc\n", "" },
		{ "# reprocheck: ignore[gzip-without-n]\nARFLAGS = rc\n", "2:arflags-without-D" },
		{ "# reprocheck: ignore\n\nARFLAGS = rc\n", "3:arflags-without-D" },
		{ "# reprocheck: ignore\nx:\n\tgzip x\n", "3:gzip-without-n" },
		/* Before the first of joined lines. */
		{ "x:\n# reprocheck: ignore\n\tcd y && \\\n\t  gzip x\n", "" },
	};

	(void)state;
	CHECK(LINT_MAKE, examples);
}

struct told {
	char cause[32], text[64], detail[128], fix[128];
	unsigned line, column, count;
};

static int keep(void *ctx, const struct problem *p)
{
	struct told *t = ctx;

	(void)snprintf(t->cause, sizeof(t->cause), "%s", p->cause->id);
	(void)snprintf(t->text, sizeof(t->text), "%s", p->text);
	(void)snprintf(t->detail, sizeof(t->detail), "%s", p->detail);
	(void)snprintf(t->fix, sizeof(t->fix), "%s", p->fix);
	t->line = p->line;
	t->column = p->column;
	t->count++;
	return 0;
}

static void test_problem_says_where_and_what_to_write(void **state)
{
	static const char text[] = "D := $(shell date -u)\n\nCFLAGS += -DD=$(D)\n",
			  ar[] = "l.a:\n\tcd x && $(AR) cru $@ y.o\n";
	struct told t = { .count = 0 };

	(void)state;
	lint("Makefile", LINT_MAKE, text, strlen(text), keep, &t);
	assert_int_equal(t.count, 1);
	assert_int_equal(t.line, 1);
	assert_int_equal(t.column, 14);
	assert_string_equal(t.text, "date -u");
	assert_string_equal(t.cause, "embedded-timestamp");
	assert_string_equal(t.detail, "the time of the build, compiled in (line 3)");
	lint("Makefile", LINT_MAKE, ar, strlen(ar), keep, &t);
	assert_string_equal(t.fix, "cruD instead of cru");
}

static void test_order_has_the_cause_of_its_use(void **state)
{
	static const struct {
		const char *text, *cause;
	} uses[] = {
		{ "S = $(wildcard *.o)\nx:\n\t$(CC) -o $@ $(S)\n", CAUSE_LINK_ORDER },
		{ "S = $(wildcard *.o)\nx.a:\n\t$(AR) Drc $@ $(S)\n", CAUSE_MEMBER_ORDER },
		{ "S = $(wildcard *.o)\nx:\n\tcat $(S) > $@\n", CAUSE_LINE_ORDER },
		{ "S = $(wildcard *)\nx:\n\ttar cf $@ --sort=name --mtime=@0 --owner=0 $(S)\n",
		  CAUSE_ENTRY_ORDER },
		/* Both: the more telling one. */
		{ "S = $(wildcard *.o)\nx:\n\tcat $(S) > list\n\t$(CC) -o $@ $(S)\n", CAUSE_LINK_ORDER },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(uses) / sizeof(uses[0]); i++) {
		struct told t = { .count = 0 };

		lint("Makefile", LINT_MAKE, uses[i].text, strlen(uses[i].text), keep, &t);
		assert_int_equal(t.count, 1);
		assert_string_equal(t.cause, uses[i].cause);
	}
}

static int refuse(void *ctx, const struct problem *p)
{
	(void)p;
	++*(int *)ctx;
	return -ECANCELED;
}

static void test_sink_can_stop(void **state)
{
	static const char text[] = "x:\n\tgzip a\n\tgzip b\n";
	CLEANUP(content_unrefp) struct content *c = NULL;
	int calls = 0;

	(void)state;
	assert_int_equal(content_copy(text, strlen(text), "Makefile", &c), 0);
	assert_int_equal(lint_rules("Makefile", c, LINT_MAKE, refuse, &calls, NULL), -ECANCELED);
	assert_int_equal(calls, 1);
}

/* ---- kinds ---- */

static enum lint_kind kind_of(const char *name, const char *text, bool named)
{
	CLEANUP(content_unrefp) struct content *c = NULL;

	assert_int_equal(content_copy(text, strlen(text), name, &c), 0);
	return named ? lint_kind_named(name, c) : lint_kind_of(name, c);
}

static void test_kinds(void **state)
{
	static const struct {
		const char *name, *text;
		enum lint_kind found, named;
	} files[] = {
		{ "src/Makefile", "a", LINT_MAKE, LINT_MAKE },
		{ "GNUmakefile", "a", LINT_MAKE, LINT_MAKE },
		{ "rules.mk", "a", LINT_MAKE, LINT_MAKE },
		{ "Makefile.msc", "a", LINT_NOTHING, LINT_NOTHING },
		{ "win.mak", "x\n!IF 1\n", LINT_NOTHING, LINT_NOTHING },
		{ "Makefile.in", "# generated by automake 1.16\n", LINT_NOTHING, LINT_MAKE },
		{ "CMakeLists.txt", "a", LINT_CMAKE, LINT_CMAKE },
		{ "x/Find.cmake", "a", LINT_CMAKE, LINT_CMAKE },
		{ "BUILD", "cc_library()", LINT_BAZEL, LINT_BAZEL },
		{ "BUILD", "How to build this.", LINT_NOTHING, LINT_NOTHING },
		{ "defs.bzl", "a", LINT_BAZEL, LINT_BAZEL },
		{ "a.c", "a", LINT_C, LINT_C },
		{ "version.h.in", "a", LINT_C, LINT_C },
		{ "Dockerfile.dev", "a", LINT_DOCKERFILE, LINT_DOCKERFILE },
		{ "build.ninja", "a", LINT_NINJA, LINT_NINJA },
		{ "setup.py", "a", LINT_PYTHON, LINT_PYTHON },
		{ "tools/gen_tables.py", "a", LINT_PYTHON, LINT_PYTHON },
		{ "app/server.py", "a", LINT_NOTHING, LINT_PYTHON },
		{ "scripts/mkversion", "#!/usr/bin/env bash\n", LINT_SHELL, LINT_SHELL },
		{ "scripts/mkversion", "#! /bin/sh -e\n", LINT_SHELL, LINT_SHELL },
		{ "build.sh", "a", LINT_SHELL, LINT_SHELL },
		{ "run_server.sh", "a", LINT_NOTHING, LINT_SHELL },
		{ "tests/build.sh", "a", LINT_NOTHING, LINT_SHELL },
		{ "unittest/Makefile", "a", LINT_NOTHING, LINT_MAKE },
		{ "configure", "#!/bin/sh\n# Generated by GNU Autoconf 2.71\n", LINT_NOTHING, LINT_SHELL },
		{ "notes.txt", "make", LINT_NOTHING, LINT_NOTHING },
		{ "x.a", "!<arch>\n", LINT_ARTIFACT, LINT_ARTIFACT },
		{ "Makefile", "", LINT_NOTHING, LINT_NOTHING },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		if (kind_of(files[i].name, files[i].text, false) != files[i].found)
			fail_msg("%s: found as %d", files[i].name,
				 kind_of(files[i].name, files[i].text, false));
		if (kind_of(files[i].name, files[i].text, true) != files[i].named)
			fail_msg("%s: named as %d", files[i].name,
				 kind_of(files[i].name, files[i].text, true));
	}
}

static void test_binary_is_an_artifact_whatever_its_name(void **state)
{
	CLEANUP(content_unrefp) struct content *c = NULL;

	(void)state;
	assert_int_equal(content_copy("a\0b", 3, "Makefile", &c), 0);
	assert_int_equal(lint_kind_named("Makefile", c), LINT_ARTIFACT);
}

/* ---- hostile files ---- */

static int count(void *ctx, const struct problem *p)
{
	(void)p;
	++*(unsigned *)ctx;
	return 0;
}

/* `unit` over and over, in a file of `size` bytes; every reader gets it, and must be done soon. */
static void read_by_all(const char *unit, size_t size)
{
	char *text = malloc(size);
	size_t i, n = strlen(unit);
	unsigned problems = 0;
	struct timespec begin, end;
	int kind;

	assert_non_null(text);
	for (i = 0; i < size; i++)
		text[i] = unit[i % n];
	for (kind = LINT_MAKE; kind <= LINT_NINJA; kind++) {
		(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begin);
		lint("x", (enum lint_kind)kind, text, size, count, &problems);
		(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
		if (end.tv_sec - begin.tv_sec > 20)
			fail_msg("%s: kind %d takes %ld s", unit, kind, (long)(end.tv_sec - begin.tv_sec));
	}
	free(text);
}

static void test_hostile_files_are_linear(void **state)
{
	static const char *const units[] = {
		"x",
		"$(",
		"${",
		"`",
		"(",
		"{ ",
		"$((",
		"\"$(",
		"'",
		"\\\n",
		"<<A\n",
		"a=$(date)\n",
		"case x in ",
		"if ",
		"for x in ",
		"$(wildcard *",
		"$(sort ",
		"f(f(",
		"[[",
		"R\"(",
		"/*",
		"x: y\n\t",
		"setup(",
		"for x in y ",
		"date > x\n",
		"A=$(B) ",
		"cmd = \"date > x\" + ",
		"-DX=$(PWD) ",
		"add_definitions(",
		"gzip x;",
		"define x\n",
		"command = ar rc x y",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		read_by_all(units[i], 300000);
}

static void test_line_of_100_megabytes(void **state)
{
	size_t size = 100u << 20, i;
	char *text = malloc(size);
	unsigned problems = 0;

	(void)state;
	assert_non_null(text);
	memset(text, 'a', size);
	memcpy(text, "x:\n\tgzip x; ", 12);
	for (i = 12; i < size; i += 64)
		text[i] = ' ';
	lint("Makefile", LINT_MAKE, text, size, count, &problems);
	assert_int_equal(problems, 1);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_make_times),
		cmocka_unit_test(test_make_orders),
		cmocka_unit_test(test_make_archives),
		cmocka_unit_test(test_make_other_sources),
		cmocka_unit_test(test_shell),
		cmocka_unit_test(test_cmake),
		cmocka_unit_test(test_bazel),
		cmocka_unit_test(test_python),
		cmocka_unit_test(test_c),
		cmocka_unit_test(test_dockerfile_and_ninja),
		cmocka_unit_test(test_silenced_by_a_comment),
		cmocka_unit_test(test_problem_says_where_and_what_to_write),
		cmocka_unit_test(test_order_has_the_cause_of_its_use),
		cmocka_unit_test(test_sink_can_stop),
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_binary_is_an_artifact_whatever_its_name),
		cmocka_unit_test(test_hostile_files_are_linear),
		cmocka_unit_test(test_line_of_100_megabytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
