# SPDX-License-Identifier: Apache-2.0
#
# make            build/bin/ and the libraries                  make check   build and run every test
# make demo       the commands on programs made on the spot     make help    the rest
#
# Sources are found by wildcard, a directory a library; a new .c file needs no line here.

SHELL := /bin/bash
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules

VERSION  := 0.1.0
PREFIX   ?= /usr/local
DESTDIR  ?=
SANITIZE ?=
DEVELOPER ?=
PEERS    ?=
FUZZ_SECONDS ?= 60

comma := ,
VARIANT := $(subst $(comma),-,$(SANITIZE))
B   := build$(if $(VARIANT),/$(VARIANT))
OBJ := $(B)/obj
LIB := $(B)/lib
BIN := $(B)/bin

# ---- compiler ------------------------------------------------------------------------------------------------

ifeq ($(origin CC),default)
CC := gcc
endif
ifeq ($(origin AR),default)
AR := ar
endif
CLANG   ?= clang
PKGCONF ?= pkg-config

# libdwarf of Debian 12 has no .pc file, and libiberty never had one.
PACKAGES := libelf capstone libarchive jansson libzstd liblz4 libdeflate libcrypto libseccomp expat
DEP_CFLAGS := $(shell $(PKGCONF) --cflags $(PACKAGES) 2>/dev/null) -isystem /usr/include/libdwarf
DEP_LIBS   := -ldwarf -liberty $(shell $(PKGCONF) --libs $(PACKAGES) 2>/dev/null)

WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wvla \
	    -Wwrite-strings -Wcast-qual $(if $(DEVELOPER),-Werror)

ifeq ($(VARIANT),)
OPTIMISE := -O2 -D_FORTIFY_SOURCE=2 -fstack-protector-strong
HARDEN   := -Wl,-z,relro -Wl,-z,now
else
OPTIMISE := -O1 -fno-omit-frame-pointer -fsanitize=$(SANITIZE) \
	    $(if $(findstring undefined,$(SANITIZE)),-fno-sanitize-recover=all)
HARDEN   := -fsanitize=$(SANITIZE)
endif

# No path of this machine, no time and no host goes into what we build: `make check` builds twice and compares.
REPRODUCIBLE := -ffile-prefix-map=$(CURDIR)=.

CPPFLAGS_ALL := -D_GNU_SOURCE -DVERSION='"$(VERSION)"' -I. $(DEP_CFLAGS) $(CPPFLAGS)
CFLAGS_ALL   := -std=gnu17 -g -fPIE -pthread $(OPTIMISE) $(WARNINGS) $(REPRODUCIBLE) $(CFLAGS)
LDFLAGS_ALL  := -pie -pthread $(HARDEN) $(LDFLAGS)

# Commands are said in short; V=1 says them in full.
say = $(if $(V),,@printf '  %-6s %s\n' $(1) $@; )

# ---- sources -------------------------------------------------------------------------------------------------

LIB_DIRS := base analyzers sandbox
sources   = $(sort $(wildcard $(1)/*.c))
objects   = $(patsubst %.c,$(OBJ)/%.o,$(1))
LIBS     := $(foreach d,$(LIB_DIRS),$(if $(call sources,$d),$(LIB)/lib$d.a))

# A command is a directory of that name; its rooms are the directories in it.
TOOLS := reprocheck depgraph
tool_dirs     = $(1) $(patsubst %/,%,$(sort $(wildcard $(1)/*/)))
tool_sources  = $(filter-out $(1)/main.c,$(foreach d,$(call tool_dirs,$(1)),$(call sources,$d)))
TOOL_SOURCES := $(foreach t,$(TOOLS),$(call tool_sources,$t))
# Everything of a command but main(), so that unit tests can reach it; not installed.
TOOL_LIBS    := $(TOOLS:%=$(OBJ)/lib%.a)
# Dependents before what they depend on.
FLOOR_LIBS   := $(filter %/libsandbox.a,$(LIBS)) $(filter %/libanalyzers.a,$(LIBS)) $(filter %/libbase.a,$(LIBS))
LINK_LIBS    := $(TOOL_LIBS) $(FLOOR_LIBS)
BINS         := $(TOOLS:%=$(BIN)/%)

.PHONY: all
all: $(LIBS) $(BINS)

$(OBJ)/%.o: %.c $(OBJ)/flags
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

# Archives are made anew: a member whose source is gone must not stay.
define library
$(LIB)/lib$(1).a: $(call objects,$(call sources,$(1)))
	@mkdir -p $$(@D)
	@rm -f $$@
	$$(call say,AR)$$(AR) rcsD $$@ $$^
endef
$(foreach d,$(LIB_DIRS),$(eval $(call library,$d)))

# What runs inside an action lives in other programs' processes: never sanitised, never with the caller's flags; the
# library without a C library (sandbox/inside/library.h). libsandbox.a carries both as bytes.
INSIDE        := $(OBJ)/inside
INSIDE_CFLAGS := -std=gnu17 -O2 $(WARNINGS) -D_GNU_SOURCE -I. -fno-stack-protector -fno-lto -fno-sanitize=all \
		 -fasynchronous-unwind-tables $(REPRODUCIBLE)
# No calls into libgcc.
INSIDE_CFLAGS += $(if $(findstring aarch64,$(shell $(CC) -dumpmachine 2>/dev/null)),-mno-outline-atomics)
INSIDE_LDFLAGS := -s -Wl,--build-id=none -Wl,-z,relro -Wl,-z,now
PRELOAD_SOURCES := $(filter-out %/probe.c,$(call sources,sandbox/inside))
PRELOAD_OBJECTS := $(patsubst %.c,$(INSIDE)/%.o,$(PRELOAD_SOURCES))

$(INSIDE)/flags: force
	@mkdir -p $(@D)
	@echo '$(CC) $(INSIDE_CFLAGS) $(INSIDE_LDFLAGS)' | cmp -s - $@ || \
		echo '$(CC) $(INSIDE_CFLAGS) $(INSIDE_LDFLAGS)' >$@
$(INSIDE)/sandbox/inside/probe.o: INSIDE_MODE := -fPIE
$(PRELOAD_OBJECTS): INSIDE_MODE := -fPIC -ffreestanding -fvisibility=hidden
$(INSIDE)/%.o: %.c $(INSIDE)/flags
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(INSIDE_CFLAGS) $(INSIDE_MODE) -MMD -MP -c -o $@ $<
$(INSIDE)/preload.so: $(PRELOAD_OBJECTS)
	$(call say,LD)$(CC) -shared -nostdlib -nostartfiles $(INSIDE_LDFLAGS) -Wl,--hash-style=both -o $@ $^
$(INSIDE)/probe: $(INSIDE)/sandbox/inside/probe.o
	$(call say,LD)$(CC) -pie $(INSIDE_LDFLAGS) -o $@ $^
$(INSIDE)/embed.o: sandbox/inside/embed.S $(INSIDE)/preload.so $(INSIDE)/probe
	$(call say,AS)$(CC) -DLIBRARY='"$(INSIDE)/preload.so"' -DPROBE='"$(INSIDE)/probe"' -c -o $@ $<
$(LIB)/libsandbox.a: $(INSIDE)/embed.o

# The style sheets and scripts of HTML reports become C arrays: TOOL_html_style and TOOL_html_script.
define html_assets
$(OBJ)/gen/$(1)_html_assets.c: base/embed_text.sh $(wildcard $(1)/report/html/*.css $(1)/report/html/*.js)
	@mkdir -p $$(@D)
	@sh $$< $(1)/report/html_assets.h $(1)_html_style $(1)/report/html/style.css \
		$(1)_html_script $(1)/report/html/report.js >$$@
$(OBJ)/gen/$(1)_html_assets.o: $(OBJ)/gen/$(1)_html_assets.c $(OBJ)/flags
	$$(call say,CC)$$(CC) $$(CPPFLAGS_ALL) $$(CFLAGS_ALL) -MMD -MP -c -o $$@ $$<
$(OBJ)/lib$(1).a: $(OBJ)/gen/$(1)_html_assets.o
endef
ASSETS := $(foreach t,$(TOOLS),$(if $(wildcard $t/report/html/style.css),$t))
$(foreach t,$(ASSETS),$(eval $(call html_assets,$t)))

define tool
$(OBJ)/lib$(1).a: $(call objects,$(call tool_sources,$(1)))
	@mkdir -p $$(@D)
	@rm -f $$@
	$$(call say,AR)$$(AR) rcsD $$@ $$^
$(BIN)/$(1): $(OBJ)/$(1)/main.o $(OBJ)/lib$(1).a $(FLOOR_LIBS)
	@mkdir -p $$(@D)
	$$(call say,LD)$$(CC) $$(LDFLAGS_ALL) -o $$@ $$^ $$(DEP_LIBS)
endef
$(foreach t,$(TOOLS),$(eval $(call tool,$t)))

# Assembled in by .incbin.
$(OBJ)/depgraph/python/scanner_text.o: depgraph/python/scan.py

# Other flags are other objects.
FLAGS_LINE := $(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL)
$(OBJ)/flags: force
	@mkdir -p $(@D)
	@printf '%s\n' '$(subst ','\'',$(FLAGS_LINE))' | cmp -s - $@ || \
		printf '%s\n' '$(subst ','\'',$(FLAGS_LINE))' >$@
.PHONY: force
force:

include tests/tests.mk

-include $(shell find $(OBJ) -name '*.d' 2>/dev/null)

# ---- for people ----------------------------------------------------------------------------------------------

.PHONY: deps demo bench install clean help $(TOOLS:%=install-%)
deps:
	@PEERS='$(PEERS)' tests/deps.sh

demo: deps
	@$(MAKE) --no-print-directory -j$$(nproc) all
	@tests/demo.sh

bench: deps
	@$(MAKE) --no-print-directory -j$$(nproc) all
	@bench/run.sh
	@bench/depgraph.sh

SHARE := $(DESTDIR)$(PREFIX)/share
install: all $(TOOLS:%=install-%)
	install -d $(SHARE)/doc/carbolic
	install -m 644 LICENSE README.md ARCHITECTURE.md $(wildcard docs/*) $(SHARE)/doc/carbolic/

$(TOOLS:%=install-%): install-%: all
	install -D -m 755 $(BIN)/$* $(DESTDIR)$(PREFIX)/bin/$*
	install -d $(SHARE)/man/man1 $(SHARE)/bash-completion/completions $(SHARE)/zsh/site-functions \
		$(SHARE)/fish/vendor_completions.d
	$(BIN)/$* --man >$(SHARE)/man/man1/$*.1
	$(BIN)/$* --complete bash >$(SHARE)/bash-completion/completions/$*
	$(BIN)/$* --complete zsh >$(SHARE)/zsh/site-functions/_$*
	$(BIN)/$* --complete fish >$(SHARE)/fish/vendor_completions.d/$*.fish

clean:
	rm -rf build

help:
	@printf '%s\n' \
	'make                        build/bin/{reprocheck,depgraph}, build/lib/lib{base,analyzers,sandbox}.a' \
	'make demo                   the commands on programs that are built on the spot' \
	'make check                  build and run every test; ends with "N passed, N failed, N skipped"' \
	'make check PEERS=all        the same, after installing the peers and tools that tests talk to' \
	'make check ONLY="cli unit"  some groups only: style headers layering warnings unit tsan cli axes proofs' \
	'                            links gpu python causes fuzz reproducible install' \
	'make update-cli [T=name]    write what the cli tests print now as what they expect; read the diff' \
	'make bench                  speed and memory beside the peers; build/bench/results.md' \
	'make fuzz FUZZ_SECONDS=60   every fuzz target under libFuzzer for so many seconds' \
	'make install DESTDIR= PREFIX=/usr/local' \
	'make deps [PEERS=all]       install what is missing' \
	'make clean' \
	'' \
	'SANITIZE=address,undefined  (or thread) a sanitised build, in a directory of its own below build/' \
	'DEVELOPER=1                 warnings are errors' \
	'V=1                         say commands in full' \
	'CC=clang CFLAGS= LDFLAGS=   as usual'
