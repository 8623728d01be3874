/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mangled.h: the scope that a mangled name was declared in.
 *
 *	n = mangled_scope("_ZN4llvm2cl6Option3addEv", 0, scope, sizeof(scope));    "llvm::cl::Option"
 *	n = mangled_scope("_ZN4llvm2cl6Option3addEv", 2, ...);                     "llvm::cl"
 *	n = mangled_scope("_RNvNtCs1_4core3fmt5write", 0, ...);                    "core::fmt"
 *
 * Read: the Itanium C++ ABI's names, Rust's (both of its manglings).  Template arguments are left out, so
 * that all instances are one scope; a local entity is in the scope of its function.  A class is a scope as
 * a namespace is: mangling does not tell them apart.  Names are untrusted: nesting is bounded, and a name
 * that is cut off or malformed gives the scopes that were read.
 *
 * Sources: Itanium C++ ABI, 5.1; Rust RFC 2603; rustc's legacy mangling as its demangler documents it.
 */
#ifndef DEPGRAPH_SIZE_MANGLED_H
#define DEPGRAPH_SIZE_MANGLED_H

#include <stdbool.h>
#include <stddef.h>

/* Writes at most `depth` scopes (0: all), terminated, and returns the length; 0: the global scope. false in *ret_mangled: not
 * mangled (may be NULL). */
size_t mangled_scope(const char *name, unsigned depth, char *out, size_t size, bool *ret_mangled);

#endif
