/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of fixes that a program can apply, cause by cause, likeliest first.
 *
 * Only what was seen to help with the real tool stands here: tests/unit/test_fixes.c
 * applies flags through their wrappers, and tests/causes/ has an action for each
 * cause.  What people do by hand (sort a list, touch the inputs, sign afterwards)
 * is in the causes' own rows and not here.  Flags of compilers go to the end, where
 * they win over what the command says, such as -frandom-seed=0.
 */
#include "reprocheck/run/fixes.h"
#include "reprocheck/run/fix_tools.h"

#include <string.h>

#define VARIABLE(n, v)  { .kind = FIX_VARIABLE, .name = (n), .value = (v) }
#define FLAG(t, v)      { .kind = FIX_FLAG, .tool = (t), .value = (v) }
#define LAST_FLAG(t, v) { .kind = FIX_FLAG, .tool = (t), .value = (v), .last = true }

#define EPOCH          VARIABLE("SOURCE_DATE_EPOCH", "$EPOCH")
#define PYTHON_HASH    VARIABLE("PYTHONHASHSEED", "0")
#define PERL_HASH      FLAG("perl", "PERL_HASH_SEED=0 PERL_PERTURB_KEYS=0")
#define UTF8_LOCALE    VARIABLE("LC_ALL", "C.UTF-8")
#define PREFIX_MAP     LAST_FLAG(TOOLS_GCC_CLANG, "-ffile-prefix-map=$PWD=.")
#define AS_PREFIX_MAP  FLAG("as|*-as", "--debug-prefix-map=$PWD=.")
#define RUST_PREFIX    LAST_FLAG("rustc", "--remap-path-prefix=$PWD=/src")
#define GO_TRIMPATH    VARIABLE("GOFLAGS", "-trimpath")
#define RANDOM_SEED    LAST_FLAG(TOOLS_GCC, "-frandom-seed=$OUTPUT")
#define NVCC_OBJTEMP   FLAG("nvcc", "-objtemp")
#define AR_D           FLAG(TOOLS_AR, "D")
#define RANLIB_D       LAST_FLAG("ranlib|*-ranlib|gcc-ranlib*", "-D")
#define STRIP_D        LAST_FLAG("strip|*-strip|objcopy|*-objcopy", "-D")
#define APPLE_AR       VARIABLE("ZERO_AR_DATE", "1")
#define TAR(options)   VARIABLE("TAR_OPTIONS", options)
#define ZIP_X          FLAG("zip", "-X")
#define GZIP_N         FLAG("gzip|pigz", "-n")
#define CPIO_OWNER     FLAG("cpio", "-R 0:0")
#define CPIO_NUMBERS   FLAG("cpio", "--reproducible")
#define DATE_EPOCH     FLAG("date", "-u -d @$EPOCH")
#define DATE_UTC       FLAG("date", "-u")
#define JAR_DATE       FLAG("jar", "--date=2020-01-01T00:00:00Z")
#define MAKE_1         LAST_FLAG("make|gmake|ninja", "-j1")
#define BUILD_LEVEL_1  VARIABLE("CMAKE_BUILD_PARALLEL_LEVEL", "1")
#define CARGO_JOBS_1   VARIABLE("CARGO_BUILD_JOBS", "1")
#define MAKEFLAGS_1    VARIABLE("MAKEFLAGS", "-j1")
#define LINKER_1       LAST_FLAG("ld.lld|ld.lld-*|lld|ld.mold|mold", "--threads=1")
#define CODEGEN_1      LAST_FLAG("rustc", "-Ccodegen-units=1")
#define BUILD_ID       LAST_FLAG(TOOLS_GCC_CLANG, "-Wl,--build-id=sha1")
#define LD_BUILD_ID    LAST_FLAG("ld|*-ld|ld.*|*-ld.*|mold", "--build-id=sha1")
#define NO_COLOR       VARIABLE("NO_COLOR", "1")
#define DUMB_TERMINAL  VARIABLE("TERM", "dumb")

struct row {
	const char *cause;
	const struct applied_fix *fixes;
	size_t count;
};
#define ROW(id, ...)                                                                     \
	{                                                                                \
		id, (const struct applied_fix[]){ __VA_ARGS__ },                         \
			sizeof((const struct applied_fix[]){ __VA_ARGS__ }) / sizeof(struct applied_fix) \
	}

static const struct row rows[] = {
	ROW("date-time-macros", EPOCH,
	    LAST_FLAG("clang|clang++|clang-[0-9]*|clang++-[0-9]*",
		      "-Wno-builtin-macro-redefined -D__DATE__='\"redacted\"' -D__TIME__='\"redacted\"' "
		      "-D__TIMESTAMP__='\"redacted\"'")),
	ROW("embedded-timestamp", EPOCH, DATE_EPOCH, VARIABLE("KBUILD_BUILD_TIMESTAMP", "@$EPOCH")),
	ROW("documentation-timestamps", EPOCH, FLAG("javadoc", "-notimestamp"),
	    FLAG("pdftex|pdflatex|latex|tex|xelatex|lualatex", "SOURCE_DATE_EPOCH=$EPOCH FORCE_SOURCE_DATE=1")),
	ROW("timezone", VARIABLE("TZ", "UTC"), DATE_UTC),
	ROW("png-timestamps", EPOCH, FLAG("convert|magick|mogrify", "-define png:exclude-chunks=date,time")),
	ROW("pe-timestamp", FLAG("lld-link|lld-link-*|link.exe", "/Brepro"),
	    LAST_FLAG("*-mingw32-gcc|*-mingw32-g++|*-mingw32-gcc-*|*-mingw32-g++-*", "-Wl,--no-insert-timestamp")),
	ROW("macho-object-times", APPLE_AR),
	ROW("clang-pch-timestamp", LAST_FLAG("clang|clang++|clang-[0-9]*|clang++-[0-9]*", "-Xclang -fno-pch-timestamp")),
	ROW("pyc-mtime", EPOCH),
	ROW("rpm-build-time", FLAG("rpmbuild", "SOURCE_DATE_EPOCH=$EPOCH --define 'use_source_date_epoch_as_buildtime 1' "
					       "--define 'clamp_mtime_to_source_date_epoch 1'")),
	ROW("recorded-timestamp", EPOCH),

	ROW("ar-timestamps", AR_D, RANLIB_D, STRIP_D, APPLE_AR),
	ROW("ar-owner", AR_D, RANLIB_D, STRIP_D),
	ROW("deb-timestamps", EPOCH),
	ROW("archive-entry-order", TAR("--sort=name")),
	ROW("tar-timestamps", TAR("--mtime=@$EPOCH")),
	ROW("tar-owner", TAR("--owner=0 --group=0 --numeric-owner")),
	ROW("tar-pax-times", TAR("--pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime")),
	ROW("zip-timestamps", EPOCH, JAR_DATE),
	ROW("zip-atime", ZIP_X),
	ROW("zip-owner", ZIP_X),
	ROW("cpio-owner", CPIO_OWNER),
	ROW("inode-numbers", CPIO_NUMBERS),
	ROW("gzip-timestamps", GZIP_N, EPOCH),
	ROW("gzip-name", GZIP_N),
	ROW("compressor-settings", LAST_FLAG("xz", "-T1"), LAST_FLAG("pigz", "-p1")),
	ROW("umask", TAR("--mode=go=rX,u+rw,a-s"), AR_D),

	ROW("debug-build-path", PREFIX_MAP, RUST_PREFIX, GO_TRIMPATH, AS_PREFIX_MAP),
	ROW("macro-build-path", PREFIX_MAP, RUST_PREFIX),
	ROW("build-path", PREFIX_MAP, RUST_PREFIX, GO_TRIMPATH),
	ROW("split-dwarf", PREFIX_MAP,
	    LAST_FLAG("clang|clang++|clang-[0-9]*|clang++-[0-9]*", "-fdebug-compilation-dir=.")),
	ROW("recorded-flags", LAST_FLAG(TOOLS_GCC, "-gno-record-gcc-switches -fno-record-gcc-switches"),
	    LAST_FLAG("clang|clang++|clang-[0-9]*|clang++-[0-9]*", "-gno-record-command-line")),
	ROW("gcov-path", LAST_FLAG("clang|clang++|clang-[0-9]*|clang++-[0-9]*", "-fcoverage-prefix-map=$PWD=.")),
	ROW("rust-build-path", RUST_PREFIX),
	ROW("go-build-path", GO_TRIMPATH),
	ROW("search-path", VARIABLE("PATH", "/usr/local/bin:/usr/bin:/bin")),
	ROW("home-directory", VARIABLE("HOME", "/nonexistent")),
	ROW("temporary-directory", VARIABLE("TMPDIR", "/tmp")),
	ROW("terminal-dependent", DUMB_TERMINAL, NO_COLOR, LAST_FLAG(TOOLS_GCC_CLANG, "-fdiagnostics-color=never")),

	ROW("nvcc-temp-names", NVCC_OBJTEMP),
	ROW("lto-section-suffix", RANDOM_SEED),
	ROW("gcov-stamp", RANDOM_SEED),
	ROW("promoted-symbol-suffix", CODEGEN_1),
	ROW("build-id", BUILD_ID, LD_BUILD_ID),
	ROW("go-build-id", VARIABLE("GOFLAGS", "-trimpath -ldflags=-buildid="), VARIABLE("GOFLAGS", "-trimpath -buildvcs=false")),
	ROW("go-vcs-stamp", VARIABLE("GOFLAGS", "-buildvcs=false")),
	ROW("pdf-id", EPOCH, FLAG("pdftex|pdflatex|latex|tex|xelatex|lualatex", "SOURCE_DATE_EPOCH=$EPOCH FORCE_SOURCE_DATE=1")),
	ROW("const-random", VARIABLE("CONST_RANDOM_SEED", "0")),

	ROW("build-host", VARIABLE("KBUILD_BUILD_HOST", "builder")),
	ROW("build-user", VARIABLE("USER", "nobody"), VARIABLE("LOGNAME", "nobody"), VARIABLE("KBUILD_BUILD_USER", "builder")),
	ROW("rpm-build-host", FLAG("rpmbuild", "--define '_buildhost reproducible'")),
	ROW("cpu-count", VARIABLE("OMP_NUM_THREADS", "1"), BUILD_LEVEL_1, MAKE_1),
	ROW("march-native", LAST_FLAG("gcc|g++|cc|c++|clang|clang++", "-march=x86-64"), LAST_FLAG("rustc", "-Ctarget-cpu=x86-64")),
	ROW("locale", UTF8_LOCALE, VARIABLE("LC_ALL", "C")),

	ROW("pyc-set-order", PYTHON_HASH),
	ROW("hash-order", PYTHON_HASH, PERL_HASH),
	ROW("line-order", UTF8_LOCALE, PYTHON_HASH, PERL_HASH, MAKE_1),
	ROW("link-order", MAKE_1, LINKER_1, UTF8_LOCALE, CARGO_JOBS_1),
	ROW("archive-member-order", UTF8_LOCALE, MAKE_1),
	ROW("parallelism", MAKE_1, MAKEFLAGS_1, BUILD_LEVEL_1, CARGO_JOBS_1),
};

const struct applied_fix *fixes_for(const char *cause, size_t *ret_count)
{
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (!strcmp(rows[i].cause, cause)) {
			*ret_count = rows[i].count;
			return rows[i].fixes;
		}
	*ret_count = 0;
	return NULL;
}

const char *fixes_cause(size_t index)
{
	return index < sizeof(rows) / sizeof(rows[0]) ? rows[index].cause : NULL;
}
