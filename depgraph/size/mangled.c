/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Only as much of the grammars as finding a scope needs.  Of Itanium names that is
 * the <nested-name> of the entity, in which template arguments have to be
 * skipped; to skip them their types and literals have to be parsed, since a digit in them may begin a name
 * ("3Foo"), a number ("Li42E") or a bound ("A10_c"), and E ends whatever was opened last.
 *
 *	<encoding>    ::= <name> ...            what follows the name is not looked at
 *	<name>        ::= N [CV] [ref] <prefix>... E | Z <encoding> E ... | [St] <unqualified> [I <args> E]
 *	<prefix>      ::= <unqualified> | I <args> E | S <seq> _ | T.. | D[tT] <expr> E
 *	<unqualified> ::= <number> <identifier> [B <tag>] | <operator> | C1 | D1 | Ut _ | Ul <types> E _ | L <unqualified>
 *
 * The last component of a name is the entity itself, and no scope; so each one is
 * held back until another follows.
 */
#include "depgraph/size/mangled.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

#define NESTING_MAX 64
#define COMPONENTS_MAX 64
#define IDENTIFIER_MAX 4096
#define RUST_HASH 17 /* "h" and 16 hexadecimal digits */

struct component {
	const char *p;
	size_t n;
};

struct reading {
	const char *p, *end;
	unsigned nesting;
	enum { NAME, TYPES, EXPRESSION } inside; /* the same letters mean other things in each */
	struct component scopes[COMPONENTS_MAX];
	unsigned count;
};

static char peek(const struct reading *r, size_t i)
{
	return (size_t)(r->end - r->p) > i ? r->p[i] : 0;
}

static bool take(struct reading *r, char c)
{
	if (peek(r, 0) != c)
		return false;
	r->p++;
	return true;
}

static bool take_two(struct reading *r, const char *two)
{
	if (peek(r, 0) != two[0] || peek(r, 1) != two[1])
		return false;
	r->p += 2;
	return true;
}

static void add(struct reading *r, const char *p, size_t n)
{
	if (r->count < COMPONENTS_MAX && n)
		r->scopes[r->count++] = (struct component){ p, n };
}

static bool take_identifier(struct reading *r, struct component *ret)
{
	size_t n = 0;

	if (!isdigit((unsigned char)peek(r, 0)))
		return false;
	while (isdigit((unsigned char)peek(r, 0)) && n <= IDENTIFIER_MAX)
		n = 10 * n + (size_t)(*r->p++ - '0');
	if (n > IDENTIFIER_MAX || n > (size_t)(r->end - r->p))
		return false;
	*ret = (struct component){ r->p, n };
	r->p += n;
	return true;
}

static void skip_number(struct reading *r)
{
	(void)take(r, 'n');
	while (isalnum((unsigned char)peek(r, 0)) && peek(r, 0) != 'E')
		r->p++;
}

/* S_, S0_, T_, T0_: up to and with the underscore. */
static void skip_sequence(struct reading *r)
{
	while (isdigit((unsigned char)peek(r, 0)) || isupper((unsigned char)peek(r, 0)))
		r->p++;
	(void)take(r, '_');
}

/* ---- Itanium ------------------------------------------------------------------------------------------------- */

static bool skip_item(struct reading *r);

/* Items up to the E that closes them. */
static bool skip_items(struct reading *r, int inside)
{
	bool fine = r->nesting++ < NESTING_MAX;
	int before = r->inside;

	r->inside = inside;
	while (fine && r->p < r->end && *r->p != 'E')
		fine = skip_item(r);
	r->inside = before;
	r->nesting--;
	return fine && take(r, 'E');
}

/* L <type> <value> E, L _Z <encoding> E */
static bool skip_literal(struct reading *r)
{
	bool fine;

	if (take_two(r, "_Z"))
		return skip_items(r, TYPES);
	fine = r->nesting++ < NESTING_MAX && r->p < r->end && (*r->p == 'E' || skip_item(r));
	r->nesting--;
	if (!fine)
		return false;
	skip_number(r);
	while (r->p < r->end && *r->p != 'E') /* complex numbers: two, with an underscore between */
		r->p++;
	return take(r, 'E');
}

static bool skip_special(struct reading *r)
{
	switch (*r->p++) {
	case 'S': /* St, Sa...; S_, S0_ */
		if (islower((unsigned char)peek(r, 0)))
			r->p++;
		else
			skip_sequence(r);
		return true;
	case 'T':
		skip_sequence(r);
		return true;
	case 'A': /* A <number> _ : the element type is the next item */
		while (isdigit((unsigned char)peek(r, 0)))
			r->p++;
		return take(r, '_') || peek(r, 0) != 0;
	case 'L':
		return (r->inside == NAME && isdigit((unsigned char)peek(r, 0))) || skip_literal(r);
	case 'U':
		if (take(r, 'l')) {
			if (!skip_items(r, TYPES))
				return false;
			skip_sequence(r);
		} else if (take(r, 't')) {
			skip_sequence(r);
		}
		return true;
	case '_': /* a discriminator: _1, __10_ */
		while (peek(r, 0) == '_' || isdigit((unsigned char)peek(r, 0)))
			r->p++;
		return true;
	case 'N':
		return skip_items(r, NAME);
	case 'X':
		return skip_items(r, EXPRESSION);
	default: /* I J F Z */
		return skip_items(r, TYPES);
	}
}

/* Two letters and more that are one thing: decltype, vectors, constructors. */
static bool skip_pair(struct reading *r, bool *ret_fine)
{
	char a = *r->p, b = peek(r, 1);

	*ret_fine = true;
	if ((a == 'C' || a == 'D') && isdigit((unsigned char)b)) {
		r->p += 2;
		return true;
	}
	if (a == 'D' && b == 'v') {
		for (r->p += 2; isdigit((unsigned char)peek(r, 0));)
			r->p++;
		(void)take(r, '_');
		return true;
	}
	if (!(a == 'D' && (b == 't' || b == 'T' || b == 'O' || b == 'w')) &&
	    (r->inside != EXPRESSION || !((a == 'c' && (b == 'l' || b == 'w')) || ((a == 'i' || a == 't') && b == 'l'))))
		return false; /* cl is a call, or operator(), or char and long */
	r->p += 2;
	*ret_fine = skip_items(r, a == 'D' && b == 'w' ? TYPES : EXPRESSION);
	return true;
}

/* An operator, a type's letter, a name: whatever needs no closing is one item for each letter. */
static bool skip_item(struct reading *r)
{
	struct component ignored;
	bool fine;

	if (isdigit((unsigned char)*r->p))
		return take_identifier(r, &ignored);
	if (skip_pair(r, &fine))
		return fine;
	if (*r->p && strchr("STALUINXJFZ_", *r->p))
		return skip_special(r);
	r->p++;
	return true;
}

struct held {
	struct component c;
	bool any;
};

static void hold(struct reading *r, struct held *h, struct component c)
{
	if (h->any)
		add(r, h->c.p, h->c.n);
	*h = (struct held){ c, true };
}

static const struct component entity = { "", 0 }; /* an operator, constructor, closure: never told */

static struct component standard(char c)
{
	static const struct { char letter; const char *name; } known[] = {
		{ 'a', "allocator" }, { 'b', "basic_string" }, { 's', "basic_string" },
		{ 'i', "basic_istream" }, { 'o', "basic_ostream" }, { 'd', "basic_iostream" },
	};
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (known[i].letter == c)
			return (struct component){ known[i].name, strlen(known[i].name) };
	return entity;
}

/* Ss is std::string: two scopes in two letters. */
static bool read_substitution(struct reading *r, struct held *h)
{
	static const struct component std = { "std", 3 };

	r->p++;
	if (!islower((unsigned char)peek(r, 0))) {
		skip_sequence(r);
		return true;
	}
	hold(r, h, std);
	if (*r->p != 't')
		hold(r, h, standard(*r->p));
	r->p++;
	return true;
}

static bool skip_tags(struct reading *r)
{
	struct component ignored;

	while (take(r, 'B'))
		if (!take_identifier(r, &ignored))
			return false;
	return true;
}

/* gcc and clang both name anonymous namespaces _GLOBAL__N_1, after a file in older ones. */
static struct component tidy(struct component c)
{
	static const char anonymous[] = "(anonymous namespace)";

	if (c.n >= 10 && !memcmp(c.p, "_GLOBAL__N", 10))
		return (struct component){ anonymous, sizeof(anonymous) - 1 };
	return c;
}

static bool read_prefix(struct reading *r, struct held *h)
{
	struct component c;
	char p = *r->p;

	if (p == 'L' && isdigit((unsigned char)peek(r, 1)))
		r->p++;
	if (isdigit((unsigned char)*r->p)) {
		if (!take_identifier(r, &c))
			return false;
		hold(r, h, tidy(c));
		return skip_tags(r);
	}
	if (p == 'S')
		return read_substitution(r, h);
	if (p == 'I') {
		r->p++;
		return skip_items(r, TYPES);
	}
	hold(r, h, entity);
	if (p == 'c' && peek(r, 1) == 'v')
		return false; /* a conversion: its type is all that follows */
	if (islower((unsigned char)p)) {
		r->p += peek(r, 1) ? 2 : 1;
		return skip_tags(r);
	}
	if (p == 'C' || (p == 'D' && isdigit((unsigned char)peek(r, 1)))) {
		r->p += 2;
		return skip_tags(r);
	}
	return skip_item(r);
}

static void read_nested(struct reading *r)
{
	struct held h = { .any = false };

	while (r->p < r->end && *r->p && strchr("rVKRO", *r->p))
		r->p++;
	while (r->p < r->end && *r->p != 'E')
		if (!read_prefix(r, &h))
			return;
	(void)take(r, 'E');
}

static void read_name(struct reading *r)
{
	if (r->nesting++ >= NESTING_MAX || r->p >= r->end)
		return;
	if (take(r, 'N'))
		read_nested(r);
	else if (take(r, 'Z'))
		read_name(r);
	else if (take_two(r, "St"))
		add(r, "std", 3);
}

/* Virtual tables, guards, thunks: of the entity whose name follows. */
static void skip_prefix_letters(struct reading *r)
{
	static const char *const plain[] = { "TV", "TT", "TI", "TS", "GV", "GR", "TW", "TH", "GA" };
	size_t i;

	for (i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		if (take_two(r, plain[i]))
			return;
	if (take_two(r, "Th") || take_two(r, "Tv") || take_two(r, "Tc"))
		r->p += strspn(r->p, "0123456789n_hv");
}

/* ---- Rust ---------------------------------------------------------------------------------------------------- */

static bool is_rust_hash(struct component c)
{
	size_t i;

	if (c.n != RUST_HASH || c.p[0] != 'h')
		return false;
	for (i = 1; i < c.n; i++)
		if (!isxdigit((unsigned char)c.p[i]))
			return false;
	return true;
}

/* "alloc..vec..Vec$LT$T$GT$": separators are two dots, and the path ends where a "$" begins something else. */
static void add_rust_path(struct reading *r, const char *p, size_t n)
{
	size_t i, start = 0;

	for (i = 0; i < n && p[i] != '$'; i++)
		if (p[i] == '.' && i + 1 < n && p[i + 1] == '.') {
			add(r, p + start, i - start);
			start = i + 2;
			i++;
		}
	add(r, p + start, i - start);
}

/* "_$LT$impl$u20$T$u20$for$u20$X$GT$", "_$LT$X$u20$as$u20$T$GT$": by the type. */
static void add_rust_component(struct reading *r, struct component c)
{
	static const char open[] = "_$LT$", impl[] = "impl$u20$";
	size_t skip = 0;

	if (c.n > sizeof(open) - 1 && !memcmp(c.p, open, sizeof(open) - 1))
		skip = sizeof(open) - 1;
	if (c.n - skip > sizeof(impl) - 1 && !memcmp(c.p + skip, impl, sizeof(impl) - 1))
		skip += sizeof(impl) - 1;
	while (skip < c.n && (c.p[skip] == '&' || !strncmp(c.p + skip, "$RF$", 4)))
		skip += c.p[skip] == '&' ? 1 : 4;
	add_rust_path(r, c.p + skip, c.n - skip);
}

/* _ZN <component>... 17h<hash> E: what is before the last component but the hash. */
static bool read_rust_legacy(struct reading *r)
{
	struct component c, held[2] = { { "", 0 }, { "", 0 } };
	const char *start = r->p;
	unsigned n = 0;

	if (!take(r, 'N'))
		return false;
	for (; take_identifier(r, &c); n++) {
		if (n >= 2)
			add_rust_component(r, held[0]);
		held[0] = held[1];
		held[1] = c;
	}
	if (n >= 2 && is_rust_hash(held[1]) && take(r, 'E'))
		return true;
	r->p = start;
	r->count = 0;
	return false;
}

static void skip_base62(struct reading *r)
{
	while (isalnum((unsigned char)peek(r, 0)))
		r->p++;
	(void)take(r, '_');
}

static bool rust_identifier(struct reading *r, struct component *ret)
{
	size_t n = 0;

	if (take(r, 's'))
		skip_base62(r);
	(void)take(r, 'u');
	if (!isdigit((unsigned char)peek(r, 0)))
		return false;
	while (isdigit((unsigned char)peek(r, 0)) && n <= IDENTIFIER_MAX)
		n = 10 * n + (size_t)(*r->p++ - '0');
	(void)take(r, '_');
	if (n > (size_t)(r->end - r->p))
		return false;
	*ret = (struct component){ r->p, n };
	r->p += n;
	return true;
}

/* All components of a path, in order. An impl's path is where it stands, and ends what we read. */
static bool rust_path(struct reading *r)
{
	struct component c;
	bool fine = r->nesting++ < NESTING_MAX && r->p < r->end;
	char tag = fine ? *r->p++ : 0;

	if (tag == 'C') {
		fine = rust_identifier(r, &c);
		if (fine)
			add(r, c.p, c.n);
	} else if (tag == 'N') {
		r->p += r->p < r->end;
		fine = rust_path(r) && rust_identifier(r, &c);
		if (fine)
			add(r, c.n ? c.p : "{closure}", c.n ? c.n : 9);
	} else if (tag == 'I') {
		fine = rust_path(r) && false;
	} else if (tag == 'M' || tag == 'X') {
		if (take(r, 's'))
			skip_base62(r);
		fine = rust_path(r) && false;
	} else if (tag == 'Y') {
		fine = rust_path(r) && false;
	} else {
		fine = false;
	}
	r->nesting--;
	return fine;
}

/* A whole path names the entity with its last component; one that broke off has scopes only. */
static void read_rust(struct reading *r)
{
	while (isdigit((unsigned char)peek(r, 0)))
		r->p++;
	if (rust_path(r) && r->count)
		r->count--;
}

/* ---- the answer ---------------------------------------------------------------------------------------------- */

static size_t write_scopes(const struct reading *r, unsigned depth, char *out, size_t size)
{
	unsigned i, n = depth && depth < r->count ? depth : r->count;
	size_t len = 0;

	for (i = 0; i < n; i++) {
		size_t need = r->scopes[i].n + (i ? 2 : 0);

		if (need >= size - len)
			break;
		if (i) {
			memcpy(out + len, "::", 2);
			len += 2;
		}
		memcpy(out + len, r->scopes[i].p, r->scopes[i].n);
		len += r->scopes[i].n;
	}
	out[len] = 0;
	return len;
}

size_t mangled_scope(const char *name, unsigned depth, char *out, size_t size, bool *ret_mangled)
{
	struct reading r = { .p = name, .end = name + strlen(name) };
	bool mangled = true;

	if (take_two(&r, "_R")) {
		read_rust(&r);
	} else if (take_two(&r, "_Z")) {
		if (!read_rust_legacy(&r)) {
			skip_prefix_letters(&r);
			read_name(&r);
		}
	} else {
		mangled = false;
	}
	if (ret_mangled)
		*ret_mangled = mangled;
	return write_scopes(&r, depth, out, size);
}
