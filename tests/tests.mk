# SPDX-License-Identifier: Apache-2.0
# The tests' part of the Makefile: unit tests, fuzz targets, and the runner that counts them.

UNIT_SOURCES := $(call sources,tests/unit)
UNIT_BINS    := $(patsubst tests/unit/%.c,$(B)/tests/unit/%,$(UNIT_SOURCES))
CMOCKA_LIBS   = $(shell $(PKGCONF) --libs cmocka zlib 2>/dev/null) # zlib: some tests compress

$(B)/tests/unit/%: $(OBJ)/tests/unit/%.o $(LINK_LIBS)
	@mkdir -p $(@D)
	$(call say,LD)$(CC) $(LDFLAGS_ALL) -o $@ $^ $(CMOCKA_LIBS) $(DEP_LIBS)

# A fuzz target is one file, tests/fuzz/fuzz_NAME.c. With standalone.c it replays files; with libFuzzer it hunts.
FUZZ_SOURCES := $(sort $(wildcard tests/fuzz/fuzz_*.c))
FUZZ_NAMES   := $(patsubst tests/fuzz/fuzz_%.c,%,$(FUZZ_SOURCES))
REPLAY_BINS  := $(FUZZ_NAMES:%=$(B)/tests/fuzz/replay_%)

$(B)/tests/fuzz/replay_%: $(OBJ)/tests/fuzz/fuzz_%.o $(OBJ)/tests/fuzz/standalone.o $(LINK_LIBS)
	@mkdir -p $(@D)
	$(call say,LD)$(CC) $(LDFLAGS_ALL) -o $@ $^ $(DEP_LIBS)

.PRECIOUS: $(OBJ)/%.o
.PHONY: test-binaries check update-cli fuzz fuzz-binaries
test-binaries: $(UNIT_BINS) $(REPLAY_BINS)

check: deps
	@MAKE='$(MAKE)' PEERS='$(PEERS)' SANITIZE='$(SANITIZE)' tests/run $(ONLY)

update-cli:
	@MAKE='$(MAKE)' tests/run --update $(if $(T),$(T:%=cli/%),cli)

# ---- libFuzzer: everything compiled by clang with its coverage, in build/libfuzzer ---------------------------

FB := build/libfuzzer
FUZZ_CFLAGS := -std=gnu17 -g -O1 -pthread -fno-omit-frame-pointer -fsanitize=address,undefined \
	       -fno-sanitize-recover=all
FUZZ_LIB_SOURCES := $(foreach d,$(LIB_DIRS),$(call sources,$d)) $(TOOL_SOURCES)
FUZZ_LIB_OBJECTS := $(patsubst %.c,$(FB)/obj/%.o,$(FUZZ_LIB_SOURCES))
FUZZ_BINS := $(FUZZ_NAMES:%=$(FB)/fuzz_%)

$(FB)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CLANG)$(CLANG) $(CPPFLAGS_ALL) $(FUZZ_CFLAGS) -fsanitize=fuzzer-no-link -MMD -MP -c -o $@ $<
$(FB)/libcarbolic.a: $(FUZZ_LIB_OBJECTS) $(INSIDE)/embed.o $(ASSETS:%=$(OBJ)/gen/%_html_assets.o)
	@rm -f $@
	$(call say,AR)$(AR) rcsD $@ $^
$(FB)/fuzz_%: $(FB)/obj/tests/fuzz/fuzz_%.o $(FB)/libcarbolic.a
	$(call say,LD)$(CLANG) $(FUZZ_CFLAGS) -fsanitize=fuzzer -o $@ $^ $(DEP_LIBS)
.PRECIOUS: $(FB)/obj/%.o
-include $(shell find $(FB)/obj -name '*.d' 2>/dev/null)

fuzz-binaries: $(FUZZ_BINS)

fuzz:
	@PEERS=fuzz tests/deps.sh
	@$(MAKE) --no-print-directory -j$$(nproc) fuzz-binaries
	@tests/fuzz/hunt.sh $(FUZZ_SECONDS) $(if $(T),$(T),$(FUZZ_NAMES))
