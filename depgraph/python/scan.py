# SPDX-License-Identifier: Apache-2.0
#
# Reads Python sources and says what they import; runs none of it.
#
# Started as `python -I -S -E -B -c THIS`, outside of the tree, without its environment. On standard output first one
# line about this interpreter; then, for each "LENGTH\n" and so many bytes of source on standard input, one line of JSON:
#
#	"i"  imports: [flags, level, module, [names] or null, line]
#	"a"  what __all__ lists, where it is literal
#	"s"  strings that could name modules or groups of entry points, only of sources that import by name
#	"p"  prefixes of computed names: [prefix, line]; "" where nothing of it is literal
#	"w"  it walks its own package (pkgutil.iter_modules)
#	"e"  why it cannot be parsed
#
# Flags: 1 never at run time (TYPE_CHECKING)  2 may fail (try ... except ImportError)  4 inside a function
#        8 by a function call with a literal name  16 under a condition
import sys
import _ast as A
import gc
import json
import re

TYPING, OPTIONAL, LAZY, CALL, CONDITION = 1, 2, 4, 8, 16
BY_NAME = re.compile(
    rb"import_module|__import__|entry_point|iter_modules|walk_packages|[Ll]azy|load_module|find_spec|exec_module|runpy|['\"]-m['\"]|find_class|__getattr__\(")
DOTTED = re.compile(r"\.*[^\W\d][\w-]*(\.[^\W\d][\w-]*)*\Z")
STRINGS_MAX = 5000
IMPORTERS = ("import_module", "__import__", "find_spec", "run_module", "importorskip", "lazy_import", "LazyImport")
WALKERS = ("iter_modules", "walk_packages")
CAUGHT = ("ImportError", "ModuleNotFoundError", "Exception", "BaseException")


def about():
    names = getattr(sys, "stdlib_module_names", None)
    if names is None:  # before 3.10
        import os

        lib = os.path.dirname(os.__file__)
        names = set(sys.builtin_module_names)
        for directory in (lib, os.path.join(lib, "lib-dynload")):
            if os.path.isdir(directory):
                names.update(n.split(".")[0] for n in os.listdir(directory) if n.endswith((".py", ".so")) or "." not in n)
        names.discard("site-packages")
    import _imp

    return {
        "version": "%d.%d.%d" % sys.version_info[:3],
        "tag": sys.implementation.cache_tag or "",
        "stdlib": sorted(set(names) | set(sys.builtin_module_names)),
        "suffixes": _imp.extension_suffixes(),
    }


def is_typing(test):
    return getattr(test, "id", None) == "TYPE_CHECKING" or getattr(test, "attr", None) == "TYPE_CHECKING"


def may_fail(handlers):
    for h in handlers:
        kinds = h.type.elts if isinstance(h.type, A.Tuple) else [h.type]
        for k in kinds:
            if k is None or getattr(k, "id", getattr(k, "attr", None)) in CAUGHT:
                return True
    return False


def literals(node):
    if isinstance(node, (A.List, A.Tuple)):
        return [e.value for e in node.elts if isinstance(e, A.Constant) and isinstance(e.value, str)]
    return []


def see_statement(n, flags, out, stack):
    """One statement; those inside it go on the stack."""
    if isinstance(n, A.Import):
        for name in n.names:
            out["i"].append([flags, 0, name.name, None, n.lineno])
    elif isinstance(n, A.ImportFrom):
        out["i"].append([flags, n.level or 0, n.module or "", [a.name for a in n.names], n.lineno])
    elif isinstance(n, (A.FunctionDef, A.AsyncFunctionDef)):
        stack.append((n.body, flags | LAZY))
    elif isinstance(n, A.If):
        negated = isinstance(n.test, A.UnaryOp) and isinstance(n.test.op, A.Not) and is_typing(n.test.operand)
        stack.append((n.body, flags | (TYPING if is_typing(n.test) else CONDITION)))
        stack.append((n.orelse, flags | (TYPING if negated else CONDITION)))
    elif isinstance(n, (A.Assign, A.AugAssign, A.AnnAssign)):
        targets = n.targets if isinstance(n, A.Assign) else [n.target]
        if any(getattr(t, "id", None) == "__all__" for t in targets):
            out["a"].extend(literals(n.value))
    elif hasattr(n, "handlers"):
        inner = flags | (OPTIONAL if may_fail(n.handlers) else 0)
        stack.append((n.body, inner))
        for h in n.handlers:
            stack.append((h.body, inner))
        stack.append((n.orelse, inner))
        stack.append((n.finalbody, flags))
    elif hasattr(n, "cases"):
        for c in n.cases:
            stack.append((c.body, flags | CONDITION))
    else:
        for field in ("body", "orelse"):
            inner = getattr(n, field, None)
            if isinstance(inner, list):
                stack.append((inner, flags))


def see_statements(tree, out):
    stack = [(tree.body, 0)]
    while stack:
        body, flags = stack.pop()
        for n in body:
            see_statement(n, flags, out, stack)


def literal_start(node):
    """The literal beginning of a computed string."""
    while isinstance(node, A.BinOp):
        if isinstance(node.op, A.Mod) and isinstance(node.left, A.Constant) and isinstance(node.left.value, str):
            return node.left.value.split("%")[0]
        node = node.left
    if isinstance(node, A.JoinedStr) and node.values:
        node = node.values[0]
    if isinstance(node, A.Call) and getattr(node.func, "attr", None) == "format":
        node = node.func.value
        if isinstance(node, A.Constant) and isinstance(node.value, str):
            return node.value.split("{")[0]
    return node.value if isinstance(node, A.Constant) and isinstance(node.value, str) else ""


def see_call(n, out):
    name = getattr(n.func, "attr", getattr(n.func, "id", None))
    if name in WALKERS:
        out["w"] = True
    if name not in IMPORTERS or not n.args:
        return
    arg = n.args[0]
    if isinstance(arg, A.Constant) and isinstance(arg.value, str):
        text = arg.value.lstrip(".")
        out["i"].append([CALL | LAZY, len(arg.value) - len(text), text, None, n.lineno])
    else:
        out["p"].append([literal_start(arg), n.lineno])


def see_names(tree, out):
    strings = set()
    stack = [tree]
    while stack:
        n = stack.pop()
        if isinstance(n, A.Constant):
            v = n.value
            if isinstance(v, str) and len(v) < 200 and len(strings) < STRINGS_MAX and DOTTED.match(v):
                strings.add(v)
            continue
        if isinstance(n, A.Call):
            see_call(n, out)
        for field in n._fields:
            v = getattr(n, field, None)
            if isinstance(v, list):
                stack.extend(e for e in v if isinstance(e, A.AST))
            elif isinstance(v, A.AST):
                stack.append(v)
    out["s"] = sorted(strings)


def see(source):
    out = {"i": [], "a": [], "p": []}
    try:
        tree = compile(source, "source", "exec", 0x400, True)  # PyCF_ONLY_AST
        see_statements(tree, out)
        if BY_NAME.search(source):
            see_names(tree, out)
    except SyntaxError as e:
        out["e"] = "line %s: %s" % (e.lineno, e.msg)
    except (ValueError, RecursionError, MemoryError, UnicodeError, OverflowError) as e:
        out["e"] = "%s: %s" % (type(e).__name__, e)
    return out


def main():
    gc.disable()  # trees are freed by their counts; looking for cycles takes half of the time
    sys.setrecursionlimit(3000)
    requests, answers = sys.stdin.buffer, sys.stdout.buffer

    def answer(value):
        answers.write(json.dumps(value, separators=(",", ":")).encode("ascii") + b"\n")
        answers.flush()

    answer(about())
    while True:
        line = requests.readline(32)
        if not line:
            break
        answer(see(requests.read(int(line))))


main()
