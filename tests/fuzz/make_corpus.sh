#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# tests/fuzz/make_corpus.sh [DIR]: makes the seeds of tests/fuzz/corpus with the real tools, as small as those can,
# and inputs that are malformed on purpose, each named for its malformation.  The corpus is kept in the tree; this
# script says where it came from and makes it anew when a format's analyzer learns more.  A tool that is not there
# leaves its seeds as they are.  Faults that fuzzing found are added by hand, as fault-WHAT.
set -u
cd "$(dirname "$0")/../.."
. tests/peers.sh
corpus=$(realpath -m "${1:-tests/fuzz/corpus}")
tools=$PWD/tests/fuzz
work=/tmp/carbolic-corpus # seeds capture it, so it is always the same
mkdir "$work" || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
export SOURCE_DATE_EPOCH=1700000000 TZ=UTC LC_ALL=C
llvm=$(echo /usr/lib/llvm-*/bin)
PATH=$PATH:$llvm

# keep FORMAT NAME FILE [MAX]: a seed, cut to MAX bytes (for formats whose smallest file is large).
keep() {
	[ -s "$3" ] || { echo "no $1/$2" >&2; return; }
	mkdir -p "$corpus/$1"
	head -c "${4:-65536}" "$3" >"$corpus/$1/$2"
}
try() { "$@" >/dev/null 2>>log || echo "failed: $*" >&2; }

cat >t.c <<'C'
extern int other(int);
static const char *const words[] = { __FILE__, "one", "two" };
int counter = 3, zero;
const char *word(int i) { return words[i % 3]; }
int work(int x) { for (int i = 0; i < x; i++) counter += other(i) ^ zero; return counter; }
C
echo 'int other(int x) { return x * 7; } int unused(void) { return 1; }' >o.c
echo 'int main(void) { return 0; } void _start(void) { __builtin_trap(); }' >s.c
printf 'hello, hello, hello world\n' >a.txt
printf 'another file\nwith two lines\n' >b.txt
mkdir -p d/sub
cp a.txt d/a.txt
cp b.txt d/sub/a-name-that-is-rather-long-and-does-not-fit-anywhere-at-all-because-it-is-over-a-hundred-characters-long-b.txt
ln -s a.txt d/link
ln d/a.txt d/hard
find d a.txt b.txt t.c o.c -exec touch -h -d @1700000000 {} +

# ---- ELF
for g in -g0 -g -gdwarf-4 -gdwarf-5; do try gcc $g -O1 -c -o "t$g.o" t.c && keep elf "gcc$g.o" "t$g.o"; done
try gcc -g -gz=zlib -O1 -c -o z.o t.c && keep elf compressed-debug-zlib.o z.o
try gcc -g -gz=zlib-gnu -O1 -c -o zg.o t.c && keep elf compressed-debug-gnu.o zg.o
try gcc -g -gsplit-dwarf -O1 -c -o sp.o t.c && keep elf split.o sp.o && keep elf split.dwo sp.dwo
try gcc -flto -O1 -c -o lto.o t.c && keep elf lto.o lto.o
try gcc -ffunction-sections -fdata-sections -O1 -c -o fs.o t.c && keep elf function-sections.o fs.o
try gcc -shared -fPIC -nostdlib -O1 -Wl,-z,noseparate-code,--build-id=sha1 -o l.so t.c o.c && keep elf shared.so l.so
try gcc -g -static -nostdlib -Wl,-z,noseparate-code,--build-id=uuid -o s s.c && keep elf static s
try objcopy --only-keep-debug s s.debug && try objcopy --strip-all --add-gnu-debuglink=s.debug s s.stripped &&
	keep elf debuglink s.stripped && keep elf only-debug s.debug
for t in powerpc64-linux-gnu mips-linux-gnu i386-linux-gnu aarch64-linux-gnu armv7-linux-gnueabi riscv64-linux-gnu s390x-linux-gnu; do
	try clang --target=$t -g -O1 -c -o x.o t.c && keep elf "clang-$t.o" x.o
done

# ---- ar
try gcc -c -O1 -o o.o o.c
try objcopy --strip-debug t-g0.o tiny.o
touch -d @1700000000 ./*.o
rm -f ./*.a
try ar rcU u.a o.o tiny.o && keep ar with-times.a u.a
try ar rcD det.a o.o tiny.o && keep ar deterministic.a det.a
cp o.o an-object-with-a-rather-long-name.o
try ar rcD long.a an-object-with-a-rather-long-name.o o.o && keep ar long-names.a long.a
try ar rcT thin.a o.o an-object-with-a-rather-long-name.o && keep ar thin.a thin.a
try llvm-ar --format=bsd rcU bsd.a an-object-with-a-rather-long-name.o && keep ar bsd.a bsd.a
try llvm-ar --format=darwin rcU darwin.a an-object-with-a-rather-long-name.o && keep ar darwin.a darwin.a
try ar rcD text.a a.txt b.txt && keep ar text.a text.a
mkdir -p deb/DEBIAN deb/usr/share/t
cp a.txt deb/usr/share/t/
printf 'Package: t\nVersion: 1\nArchitecture: all\nMaintainer: nobody <n@example.org>\nDescription: t\n' >deb/DEBIAN/control
try dpkg-deb --root-owner-group -Zxz -b deb t.deb && keep ar package.deb t.deb
try dpkg-deb --root-owner-group -Zgzip -b deb tg.deb && keep ar package-gzip.deb tg.deb

# ---- tar, cpio
for f in v7 ustar gnu posix oldgnu; do
	files='a.txt b.txt'
	case $f in gnu | posix) files='d a.txt' ;; esac
	try tar --format=$f -b 1 -cf $f.tar $files && keep tar $f.tar $f.tar
done
try tar --format=posix -b 1 --pax-option=globexthdr.name=g,comment=hi -cf g.tar a.txt && keep tar pax-global.tar g.tar
truncate -s 1M sparse && printf x | dd of=sparse bs=1 seek=500000 conv=notrunc 2>/dev/null
try tar --format=gnu -b 1 -S -cf sp.tar sparse && keep tar sparse-gnu.tar sp.tar
try tar --format=posix -b 1 -S -cf spx.tar sparse && keep tar sparse-pax.tar spx.tar
try tar --format=gnu -b 1 --owner=4000000000 --group=4000000000 -cf big.tar a.txt && keep tar base256.tar big.tar
for f in newc crc odc bin hpbin; do
	find d a.txt | sort | cpio -o -H $f 2>/dev/null >c.cpio && keep cpio $f.cpio c.cpio
done

# ---- zip
rm -f ./*.zip
try zip -q z.zip a.txt b.txt && keep zip extra-fields.zip z.zip
try zip -q -X -r x.zip d a.txt && keep zip no-extra.zip x.zip
try zip -q -0 s.zip a.txt && keep zip stored.zip s.zip
try zip -q -P secret e.zip a.txt && keep zip encrypted.zip e.zip
(zip -q - - <a.txt >stream.zip) 2>/dev/null && keep zip streamed-zip64.zip stream.zip
cp x.zip c.zip && echo "a comment" | zip -q -z c.zip >/dev/null 2>&1 && keep zip comment.zip c.zip
{ printf '#!/bin/sh\nexit\n'; cat x.zip; } >pre.zip && keep zip prepended.zip pre.zip
printf 'class T { static int f(int x) { return x + 1; } String s = "w"; }\n' >T.java
try javac -g T.java && keep javaclass debug.class T.class
try javac -g:none --release 8 -d rel8 T.java && keep javaclass release8.class rel8/T.class
printf 'module m { }\n' >module-info.java && try javac -d mod module-info.java && keep javaclass module.class mod/module-info.class
printf "class S { int a; class R<T> implements Runnable { @Deprecated public void run() { Runnable r = () -> System.out.println(a); r.run(); } } }\n" >S.java
rm -f module-info.java
try javac -g -d s S.java && keep javaclass inner-lambda.class 's/S$R.class'
try jar cf t.jar T.class && keep zip t.jar t.jar

# ---- gzip and other streams
gzip -c a.txt >g.gz && keep gzip name-time.gz g.gz
gzip -nc a.txt >n.gz && keep gzip plain.gz n.gz
cat n.gz g.gz >m.gz && keep gzip members.gz m.gz
gzip -9 -c u.a >u.gz && keep gzip archive.a.gz u.gz
tar --format=gnu -b 1 -cf - d | gzip -n >t.tgz && keep gzip tree.tar.gz t.tgz
{ gzip -nc a.txt; head -c 512 /dev/zero; } >pad.gz && keep gzip trailing-zeros.gz pad.gz
head -c 4000000 /dev/zero | gzip -9n >bomb.gz && keep gzip bomb-1000-to-1.gz bomb.gz
gzip -9nc bomb.gz | gzip -9nc >bomb3.gz && keep gzip bomb-nested.gz bomb3.gz
for c in 'xz xz' 'bzip2 bz2' 'zstd zst' 'lz4 lz4' 'xz --format=lzma@lzma' 'lzip lz' 'compress Z'; do
	case $c in *@*) cmd=${c%@*} ext=${c#*@} ;; *) cmd=${c% *} ext=${c#* } ;; esac
	command -v "${cmd%% *}" >/dev/null || continue
	$cmd -c <a.txt >"f.$ext" 2>/dev/null && keep filter "text.$ext" "f.$ext"
	tar --format=ustar -b 1 -cf - a.txt b.txt | $cmd -c >"t.$ext" 2>/dev/null && keep filter "tar.$ext" "t.$ext"
done
zstd -q --no-content-size -c <a.txt >ns.zst && keep filter no-size.zst ns.zst
{ printf '\x50\x2a\x4d\x18\x04\x00\x00\x00skip'; cat f.zst; } >sk.zst && keep filter skippable.zst sk.zst

# ---- archives that libarchive reads
rm -f t.7z && try 7z a t.7z a.txt b.txt && keep archive t.7z t.7z
rm -f tc.7z && try 7z a -m0=Copy tc.7z a.txt && keep archive copy.7z tc.7z
try genisoimage -quiet -R -J -o t.iso a.txt b.txt && keep archive t.iso t.iso 65536
printf 'int x;\n' >xar.txt

# ---- rpm
mkdir -p rpm
cat >t.spec <<'S'
Name: t
Version: 1
Release: 1
Summary: t
License: Apache-2.0
BuildArch: noarch
%description
t
%install
mkdir -p %{buildroot}/usr/share/t
echo hi >%{buildroot}/usr/share/t/a.txt
%files
/usr/share/t/a.txt
S
for p in w9.gzdio w6.xzdio w3.zstdio; do
	rm -rf rpm
	try rpmbuild -bb --define "_topdir $PWD/rpm" --define "_binary_payload $p" \
		--define '_buildhost builder' t.spec && keep rpm "$p.rpm" rpm/RPMS/noarch/*.rpm
done

# ---- GPU
echo '__global__ void k(int *p) { *p = 42; }' >k.cu
nv() { try nvcc "$@"; }
if command -v nvcc >/dev/null; then
	nv -fatbin -arch=sm_80 -o k.fatbin k.cu && keep fatbin cubin.fatbin k.fatbin
	nv -fatbin -gencode arch=compute_80,code=compute_80 -gencode arch=compute_80,code=sm_80 -compress-mode=size -o kz.fatbin k.cu &&
		keep fatbin zstd.fatbin kz.fatbin
	nv -fatbin -gencode arch=compute_80,code=compute_80 -compress-mode=speed -o kl.fatbin k.cu && keep fatbin lz4-ptx.fatbin kl.fatbin
	nv -fatbin -gencode arch=compute_80,code=compute_80 -compress-mode=none -lineinfo -o kn.fatbin k.cu && keep fatbin raw-ptx.fatbin kn.fatbin
	nv -cubin -arch=sm_90 -lineinfo -o k.cubin k.cu && keep elf cubin-sm_90 k.cubin
	nv -c -arch=sm_80 -o k.o k.cu && keep elf with-fatbin.o k.o && keep fatbin_scan object.o k.o
	cat k.fatbin a.txt kl.fatbin >two.bin && keep fatbin_scan two-and-text two.bin
	mkdir -p "$corpus/fatbin_scan" && cp "$corpus"/fatbin/*.fatbin "$corpus/fatbin_scan/"
fi
if command -v clang-offload-bundler >/dev/null; then
	try clang-offload-bundler -type=o -targets=host-x86_64-unknown-linux-gnu,hip-amdgcn-amd-amdhsa--gfx90a \
		-inputs=/dev/null,a.txt -outputs=h.bundle
	keep hip_bundle text.bundle h.bundle
	try clang-offload-bundler -type=o -bundle-align=64 \
		-targets=host-x86_64-unknown-linux-gnu,hip-amdgcn-amd-amdhsa--gfx90a,hip-amdgcn-amd-amdhsa--gfx1030 \
		-inputs=/dev/null,o.o,a.txt -outputs=h2.bundle
	keep hip_bundle aligned.bundle h2.bundle
fi

# ---- languages
printf '"""doc"""\nS = {1, 2, "three"}\nclass C:\n    def f(self, x, *, y=2.5):\n        return x in {"a", "b", "c"} or [i for i in range(10**20)]\nasync def g():\n    yield b"x", 1j, None, ...\n' >m.py
for py in python3 python2.7 python3.6 python3.8 python3.10 python3.11 python3.12 python3.13; do
	"$py" -c 0 2>/dev/null || continue
	v=$("$py" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
	"$py" -c "import py_compile; py_compile.compile('m.py', cfile='m.pyc', dfile='m.py')" 2>>log && keep pyc "py$v.pyc" m.pyc
done
for mode in TIMESTAMP CHECKED_HASH UNCHECKED_HASH; do
	python3 -c "import py_compile; py_compile.compile('m.py', cfile='m.pyc', dfile='/b/m.py', invalidation_mode=py_compile.PycInvalidationMode.$mode)" &&
		keep pyc "$mode.pyc" m.pyc
done
for t in x86_64-pc-windows-msvc i686-pc-windows-msvc; do try clang --target=$t -g -gcodeview -O1 -c -o w.obj t.c && keep pe "$t.obj" w.obj; done
try clang --target=x86_64-pc-windows-msvc -O1 -c -o s.obj s.c && try clang --target=x86_64-pc-windows-msvc -O1 -c -g -gcodeview -o oo.obj o.c
try lld-link /nodefaultlib /entry:_start /subsystem:console /out:s.exe s.obj && keep pe plain.exe s.exe
try lld-link /nodefaultlib /entry:_start /subsystem:console /debug /pdb:s.pdb /out:sd.exe s.obj oo.obj && keep pe debug.exe sd.exe
try lld-link /nodefaultlib /noentry /dll /export:other /Brepro /out:o.dll oo.obj && keep pe repro.dll o.dll
for t in x86_64-apple-macos11 arm64-apple-macos11 arm64_32-apple-watchos; do try clang --target=$t -g -O1 -c -o mo.o t.c && keep macho "$t.o" mo.o && cp mo.o "mo-$t.o"; done
try llvm-lipo -create mo-x86_64-apple-macos11.o mo-arm64-apple-macos11.o -output fat.o && keep macho fat.o fat.o 32768
try clang --target=x86_64-apple-macos11 -O1 -c -o mo2.o o.c
try ld64.lld -arch x86_64 -platform_version macos 11.0 11.0 -dylib -o l.dylib mo2.o && keep macho l.dylib l.dylib
try clang --target=wasm32 -g -O1 -c -o w.wasm t.c && keep wasm debug.o.wasm w.wasm
try clang --target=wasm32 -O1 -c -o wo.wasm o.c
try wasm-ld --no-entry --export-all -o wl.wasm wo.wasm && keep wasm linked.wasm wl.wasm
printf 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\nPOT-Creation-Date: 2026-01-01 00:00+0000\\n"\nmsgid "a"\nmsgstr "b"\nmsgid "one"\nmsgid_plural "many"\nmsgstr[0] "eins"\nmsgstr[1] "viele"\n' >t.po
try msgfmt -o t.mo t.po && keep gettext little.mo t.mo
try msgfmt --endianness=big -o tb.mo t.po && keep gettext big.mo tb.mo
try msgfmt --no-hash -o tn.mo t.po && keep gettext no-hash.mo tn.mo
rm -f t.db && try sqlite3 t.db 'pragma page_size=512; create table t(a,b); insert into t values(1,"x"); create index i on t(b)' && keep sqlite t.db t.db
try gcc --coverage -c -o t.gcov.o s.c && keep gcov gcc.gcno t.gcov.gcno
printf '#include <stdio.h>\nint f(int x) { return x > 2 ? x : -x; }\nint main(int c, char **v) { (void)v; return f(c) != -1; }\n' >cov.c
try gcc --coverage -o cov cov.c && try ./cov && keep gcov gcc.gcda cov*.gcda && keep gcov main.gcno cov*.gcno
try clang --coverage -c -o ct.o s.c && keep gcov clang.gcno ct.gcno
echo 'int declared(int); struct s { int a; };' >h.h
try gcc -x c-header -o h.gch h.h && keep pch gcc.gch h.gch 8192
try clang -x c-header -o h.pch h.h && keep pch clang.pch h.pch 32768
mkdir -p mm && echo 'module M { header "../h.h" }' >mm/module.modulemap
try clang -fmodules -Xclang -emit-module -fmodule-name=M -x c mm/module.modulemap -c -o M.pcm && keep pch clang.pcm M.pcm 32768
try clang -emit-llvm -g -O1 -c -o t.bc t.c && keep bitcode debug.bc t.bc
try clang --target=arm64-apple-macos11 -emit-llvm -O1 -c -o w.bc o.c && keep bitcode wrapper.bc w.bc
if command -v convert >/dev/null; then
	try convert -size 3x2 xc:red -set comment hi -define png:tIME=2026-01-01T00:00:00Z c.png && keep png rgb.png c.png
	try convert -size 2x2 xc:red -depth 8 -type Palette p.png && keep png palette.png p.png
fi

# ---- the linter: a byte of flags (see fuzz_lint_artifact.c), then what a careless build leaves
lint() { # FLAGS NAME FILE
	{ printf "$1" && head -c 16384 "$3"; } >seed && keep lint_artifact "$2" seed
}
printf '%s\n' 'LOAD /tmp/ccXh4wFN.o' 'prefix=/home/anna/dev/src' 'HOME=/home/alice' 'root=/srv/zone/a by alice on alpha' \
	'Built 2023-11-14T22:13:20Z epoch=1700000000' '<x object at 0x7f3c2a91d0e8>' '.gnu.lto_.inline.3be603db39e74e28' \
	'tmpxft_00006eaf_00000000-5_k.cudafe1.cpp' '_INTERNAL_1a2b3c4d_4_k_cu' 'x.llvm.12271321240562639378' \
	'GNU C17 12.2.0 --param=l1-cache-size=32' 'vcs.modified=true' >careless.txt
lint '\000' text careless.txt
lint '\025' text-with-facts careless.txt
lint '\016' text-given-its-time careless.txt
printf 'Nov 14 2023\0%s\0' 22:13:20 'Tue Nov 14 22:13:20 2023' /tmp/a/src/x.c >strings.bin
printf 'int x; __asm__(".section .rodata; .incbin \\"strings.bin\\"; .text");\n' >strings.c
try gcc -g -c -o strings.o strings.c && lint '\004' strings.o strings.o
try gcc -O1 -flto -frandom-seed=0x3be603db39e74e28 -c -o lint-lto.o o.c && lint '\000' lto.o lint-lto.o
try tar --format=posix --pax-option=exthdr.name=%d/PaxHeaders/%f --mtime=@1700000001 --owner=anna:1000 --group=staff:1000 -cf owner.tar a.txt && lint '\001' owner.tar owner.tar
try gzip -k careless.txt && lint '\000' careless.gz careless.txt.gz
printf '!<arch>\n%-16s%-12s%-6s%-6s%-8s%-10s`\n' a.o/ 1700000001 1000 1000 100664 0 >owner.a && lint '\001' owner.a owner.a

# ---- what no tool writes: captured forms and malformed ones
python3 "$tools/make_malformed.py" "$corpus"
python3 "$tools/make_execlogs.py" "$corpus"
du -sh "$corpus"
