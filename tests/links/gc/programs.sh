# SPDX-License-Identifier: Apache-2.0
# programs.sh: what the tests of dead sections link. Sourced in the directory where the objects are to be.
#
# C++: units with templates, exceptions, static initialisers, virtual functions and strings, of which main calls a few.
# C: the same idea, plain. Odd: what linkers treat each in its own way.

write_cxx() {
	python3 - "$@" <<'EOF'
import random, sys
random.seed(7)
units, functions = int(sys.argv[1]), 60
open("h.h", "w").write("""#pragma once
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>
struct base { virtual ~base(); virtual int go(int); virtual std::string name() const; };
template <int K> struct node : base {
	std::vector<std::string> v;
	int go(int x) override {
		try { v.push_back(std::to_string(x + K)); if (x > K * 100) throw std::runtime_error("big" + std::to_string(K)); }
		catch (const std::exception &e) { v.push_back(e.what()); }
		return (int)v.size() + K;
	}
	std::string name() const override { return "node" + std::to_string(K); }
};
inline int shared_inline(int x) { static int c; return c += x; }
template <class T> T sum(const std::vector<T> &v) { T t{}; for (auto &e : v) t += e; return t; }
""")
for i in range(units):
    others = [random.randrange(units) for _ in range(3)]
    o = ['#include "h.h"'] + [f"int f{u}_{f}(int);" for u in sorted({i, *others}) for f in range(functions)]
    o.append(f'static std::map<std::string, int> table{i} = {{ {{"a{i}", {i}}}, {{"b{i}", {i + 1}}} }};')
    o.append(f'static const char *const names{i}[] = {{ "first{i}", "second{i}", "third" }};')
    o.append(f"int data{i}[100] = {{ {i} }}; int zero{i}[500];")
    for f in range(functions):
        calls = "".join(f"r += f{random.choice([i] + others)}_{random.randrange(functions)}(x - 1);" for _ in range(random.randrange(3)))
        k = random.randrange(200)
        body = random.choice([
            f"node<{k}> n; r += n.go(x);",
            f"std::unique_ptr<base> b(new node<{k}>); r += b->go(x) + (int)b->name().size();",
            f'r += table{i}["a{i}"] + shared_inline(x);',
            "std::vector<double> v(x); r += (int)sum(v);",
            f"std::function<int(int)> g = [&](int y) {{ return y + data{i}[{f}]; }}; r += g(x);",
            f"r += names{i}[x % 3][0] + zero{i}[x % 500];",
            f'if (x < 0) throw std::invalid_argument("neg{i}_{f}"); static std::string s("str{i}_{f}"); r += (int)s.size();',
        ])
        o.append(f"int f{i}_{f}(int x) {{ int r = x; if (x <= 0) return 0; {body} {calls} return r; }}")
    open(f"u{i}.cc", "w").write("\n".join(o) + "\n")
open("main.cc", "w").write('#include "h.h"\n'
    "base::~base() {} int base::go(int x) { return x; } std::string base::name() const { return \"base\"; }\n"
    "int f0_0(int); int f1_1(int); int f2_5(int);\n"
    'int main(int c, char **) { std::cout << f0_0(c) + f1_1(c) + f2_5(c) << "\\n"; }\n')
EOF
}

write_c() {
	python3 - "$@" <<'EOF'
import random, sys
random.seed(3)
units, functions = int(sys.argv[1]), 120
for i in range(units):
    o = ["#include <stdio.h>", "#include <string.h>"]
    other = random.randrange(units)
    o += [f"int c{u}_{f}(int);" for u in sorted({i, other}) for f in range(functions)]
    for f in range(functions):
        call = random.choice(["0", f"c{random.choice([i, other])}_{random.randrange(functions)}(x - 1)"])
        body = random.choice([f'printf("c{i}_{f} %d", x)', f"(int)strlen(names_{f}[x & 1])", f"values_{f}[x & 7]++", "x * x"])
        o.append(f'static const char *const names_{f}[] = {{ "n{i}_{f}", "common" }}; static int values_{f}[8] = {{ {f} }};')
        o.append(f"int c{i}_{f}(int x) {{ (void)names_{f}; (void)values_{f}; return x <= 0 ? 0 : {body} + {call}; }}")
    open(f"c{i}.c", "w").write("\n".join(o) + "\n")
called = [f"c{i}_{f}" for i in range(units) for f in range(0, functions, 3)]
open("cmain.c", "w").write("".join(f"int {c}(int);\n" for c in called) +
    "int main(int c, char **v) { (void)v; return " + " + ".join(c + "(c)" for c in called) + "; }\n")
EOF
}

write_static() {
	cat >static.c <<'EOF'
#include <openssl/evp.h>
#include <stdio.h>
#include <zlib.h>
int main(void)
{
	unsigned char md[64];
	unsigned n;
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	EVP_DigestInit_ex(c, EVP_sha256(), NULL);
	EVP_DigestUpdate(c, "x", 1);
	EVP_DigestFinal_ex(c, md, &n);
	printf("%lu %02x\n", crc32(0, md, n), md[0]);
	return 0;
}
EOF
}

write_odd() {
	cat >odd.c <<'EOF'
#include <stdio.h>
#define IN(name) __attribute__((section(name), used))
struct entry { void (*f)(void); };
static void a(void) { puts("a"); }
static void b(void) { puts("b"); }
IN("dead_entries") struct entry dead_entry = { b };
IN(".data.entry") struct entry entry = { a };
__attribute__((constructor)) static void starts(void) { puts("starts"); }
__attribute__((destructor)) static void ends(void) { puts("ends"); }
extern int maybe(void) __attribute__((weak));
extern int weakly(void), both(void), user(void);
__thread int tls_live = 3, tls_dead = 4;
static int implementation(int x) { return x + 1; }
static int other(int x) { return x + 2; }
static void *pick(void) { return implementation; }
static void *pick_other(void) { return other; }
int chosen(int) __attribute__((ifunc("pick")));
int chosen_dead(int) __attribute__((ifunc("pick_other")));
int bss_dead[100];
int exported(void) { return 5; }
__attribute__((visibility("hidden"))) int hidden(void) { return 6; }
const char *live_string(int i) { static const char *const t[] = { "alpha one", "beta two" }; return t[i]; }
const char *dead_string(int i) { static const char *const t[] = { "gamma three", "beta two" }; return t[i]; }
int dead(void) { return weakly() + chosen_dead(2) + tls_dead + (dead_string(1) != 0); }
int MAIN(int c, char **v) { (void)v; if (maybe) maybe(); return both() + chosen(c) + tls_live + live_string(c & 1)[0] + user(); }
EOF
	cat >odd2.c <<'EOF'
__attribute__((weak)) int weakly(void) { return 1; }
int only_dead(void) { return weakly(); }
__attribute__((weak)) int both(void) { return 2; }
EOF
	cat >odd3.c <<'EOF'
int both(void) { return 3; }
int dead3(void) { return 9; }
static int array[50] = { 1 };
int *dead_getter(void) { return array; }
EOF
	cat >odd4.s <<'EOF'
	.section .text.retained,"axR",@progbits
	call by_retained
	ret
	.section .text.by_retained,"ax",@progbits
by_retained: ret
	.section .text.grouped,"axG",@progbits,grp,comdat
	.globl grouped
grouped: ret
	.section .data.grouped,"awG",@progbits,grp,comdat
	.quad by_grouped
	.section .text.by_grouped,"ax",@progbits
by_grouped: ret
	.section .text.dead_grouped,"axG",@progbits,dead_grp,comdat
	.globl dead_grouped
dead_grouped: .skip 40
	.section .data.dead_grouped,"awG",@progbits,dead_grp,comdat
	.quad 1
	.section .ctors,"aw",@progbits
	.quad by_ctors
	.section .text.by_ctors,"ax",@progbits
by_ctors: ret
	.section .init_array.5,"aw",@init_array
	.quad by_init
	.section .text.by_init,"ax",@progbits
by_init: ret
	.section .kept_by_none,"aw",@progbits
	.quad 0
	.section .text.user,"ax",@progbits
	.globl user
user:	call grouped@PLT
	.reloc ., R_X86_64_NONE, .kept_by_none
	ret
	.section .text.dead_asm,"ax",@progbits
	.skip 64
	.section .note.GNU-stack,"",@progbits
EOF
	echo '{ global: odd_main; both; local: *; };' >odd.version
}

build_objects() {
	local f flags="-O1 -fPIC -ffunction-sections -fdata-sections"
	write_cxx 10
	write_c 20
	write_static
	write_odd
	for f in u*.cc main.cc; do echo "g++ -O0 -fPIE -ffunction-sections -fdata-sections -c $f"; done >commands
	for f in c*.c; do echo "gcc $flags -c $f"; done >>commands
	for f in odd2 odd3; do echo "gcc -fno-inline $flags -c $f.c"; done >>commands
	{
		echo "gcc -fno-inline -DMAIN=main $flags -c odd.c"
		echo "gcc -fno-inline -DMAIN=odd_main $flags -c odd.c -o odd.so.o"
		echo "gcc -c odd4.s"
		echo "gcc $flags -c static.c"
		echo "g++ -g -O1 -ffunction-sections -fdata-sections -c main.cc -o debug.o"
	} >>commands
	xargs -P2 -d '\n' -n1 sh -c '$0 || exit 255' <commands
}
