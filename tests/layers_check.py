#!/usr/bin/env python3
"""The rules of the house that a compiler does not hold: which layer includes which, where Asio is
spelled, what a public header costs, names, lengths and first lines of files. Reads text only.

    tests/layers_check.py [ROOT]

Prints one line for each breach, then `N passed, N failed`: one count for each rule.
"""

import re
import sys
from pathlib import Path

# What a folder of src/ may include of the others. `wire` and `http` do not know each other.
LAYERS = {
    "base": set(),
    "wire": {"base"},
    "http": {"base"},
    "protocol": {"base", "wire", "http"},
    "net": {"base", "wire", "http", "protocol"},
    "api": {"base", "wire", "http", "protocol", "net"},
}
MACHINE = ("base", "wire", "http", "protocol")

# What the machine has no business with: I/O, threads, clocks, chance.
NOT_IN_THE_MACHINE = re.compile(
    r"boost/|openssl/|sys/|netinet/|arpa/|net/if|unistd\.h|fcntl\.h|poll\.h|netdb\.h|signal\.h|"
    r"(thread|mutex|shared_mutex|condition_variable|future|stop_token|random|fstream|iostream)$")
# A .cpp of http may use these, so that no header shows it.
HTTP_PRIVATELY = re.compile(r"boost/(beast/http|url|optional)|openssl/")
CLOCK_OR_CHANCE = re.compile(r"_clock::now\b|random_device\b|\bgetrandom\b|\bpthread_")

ASIO_IS_SPELLED_IN = "src/net/asio.hpp"
NOT_IN_PUBLIC = re.compile(r"functional$|iostream$|boost/asio\.hpp$|boost/beast|boost/url|"
                           r"boost/asio/(ip|ssl|io_context|awaitable|co_spawn|steady_timer|buffer)|"
                           r"openssl/|sys/|netinet/")

# Functions of the standard library, by header. Types come with the interface that names them;
# that somebody else's header brings a function differs from compiler to compiler.
STANDARD_FUNCTIONS = {
    "algorithm": r"(ranges::)?(all_of|any_of|none_of|find(_if(_not)?|_end|_first_of)?|for_each|"
                 r"count(_if)?|copy(_n|_if|_backward)?|move_backward|fill(_n)?|generate(_n)?|"
                 r"transform|remove(_if)?|replace(_if)?|reverse|rotate|shuffle|sample|unique|sort|"
                 r"stable_sort|nth_element|partition|partial_sort|lower_bound|upper_bound|"
                 r"equal_range|binary_search|merge|includes|(push|pop|make|sort)_heap|min|max|"
                 r"minmax|(min|max|minmax)_element|clamp|equal|mismatch|search|is_sorted|"
                 r"lexicographical_compare|adjacent_find)\s*[(<]",
    "bit": r"(bit_cast|countr_zero|countl_zero|has_single_bit|bit_width|popcount)\b",
    "charconv": r"(from|to)_chars\b",
    "cmath": r"(sqrt|log2?|exp|pow|ceil|floor|l?l?round)\s*\(",
    "cstdlib": r"(getenv|atoi|exit|abort|strtoll?|free|malloc|realloc)\b",
    "cstring": r"(mem(cpy|set|cmp|move|chr)|str(len|n?cmp|chr|error))\b",
    "iterator": r"(back_inserter|inserter|prev|distance)\s*\(",
    "numeric": r"(accumulate|iota|gcd|reduce)\b",
}

# What other systems lack. Files of src and of the tool that are named *_linux.cpp may call it.
OF_LINUX = re.compile(
    r"\b(epoll_\w+|accept4|getrandom|pipe2|dup3|eventfd|timerfd_\w+|signalfd|memfd_create|"
    r"sigtimedwait|prctl|gettid|SOCK_NONBLOCK|SOCK_CLOEXEC|MSG_MORE|MSG_NOSIGNAL|TCP_INFO|"
    r"TCP_USER_TIMEOUT|TCP_CORK|SIOCOUTQ|O_PATH|EPOLL\w+)\b(?!>)|\"/proc/")
LINUX_HEADER = re.compile(r"sys/(epoll|eventfd|timerfd|signalfd|sendfile|prctl|syscall)\.h|linux/")
KNOWN_BY_MACRO = re.compile(r"^#ifdef (\w+)\n(.*?)^#(else|endif)", re.MULTILINE | re.DOTALL)

LONGEST = 400

FORBIDDEN_PARTS = {"impl", "detail", "util", "utils", "common", "helper", "helpers",
                   "manager"}
# Names that others gave, and that have to be defined or asked for here.
NOT_OURS = re.compile(r"get_(executor|cancellation_slot|id)$|common_(type|reference)(_t)?$")
BEASTS_PARSER = re.compile(r"on_\w+_impl$")  # its virtual functions, in src/http/head_reader.cpp
MEMBER_ACCESS = re.compile(r"(\.|->|\basio::)\s*(template\s+)?\w+")

CODE_FOLDERS = ("include", "src", "tools", "examples", "tests", "bench", "docs")
CXX = {".cpp", ".hpp"}
SCRIPTS = {".py", ".mjs", ".sh"}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)
COMMENT_OR_TEXT = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'', re.DOTALL)


class Tree:
    """The project's own files, by path below the root."""

    def __init__(self, root):
        self.root = root
        self.text = {}
        for folder in CODE_FOLDERS:
            for path in sorted((root / folder).rglob("*")):
                if path.is_file() and self._is_ours(path):
                    name = path.relative_to(root).as_posix()
                    self.text[name] = path.read_text(encoding="utf-8")

    @staticmethod
    def _is_ours(path):
        parts = set(path.parts)
        if parts & {"node_modules", "__pycache__", "build"}:
            return False
        return path.suffix in CXX | SCRIPTS or (path.suffix == "" and path.parent.name == "tools")

    def cxx(self, *folders):
        return [name for name in self.text
                if Path(name).suffix in CXX and name.startswith(tuple(f + "/" for f in folders))]

    def includes(self, name):
        return INCLUDE.findall(self.text[name])

    def bare(self, name):
        """The text of a C++ file without comments and literals, include lines without their paths."""
        return COMMENT_OR_TEXT.sub(" ", INCLUDE.sub(" ", self.text[name]))


def layer_of(name):
    return name.split("/")[1]


def a_layer_includes_only_those_below_it(tree):
    for name in tree.cxx("src"):
        layer = layer_of(name)
        for quote, path in tree.includes(name):
            if quote == "<":
                continue
            target = path.split("/")[0]
            if target not in LAYERS:
                yield f"{name}: \"{path}\" names no layer"
            elif target != layer and target not in LAYERS[layer]:
                yield f"{name}: {layer} does not know {target} (\"{path}\")"


def reached(tree, path):
    """All that a public header includes, itself and further ones of ours included."""
    found, wanted = set(), [path]
    while wanted:
        path = wanted.pop()
        if path not in found:
            found.add(path)
            inner = "include/" + path
            if inner in tree.text:
                wanted += [p for _, p in tree.includes(inner)]
    return found


def the_machine_includes_no_input_or_output(tree):
    for name in tree.cxx(*("src/" + layer for layer in MACHINE)):
        privately = layer_of(name) == "http" and name.endswith(".cpp")
        for quote, path in tree.includes(name):
            for each in reached(tree, path) if quote == "<" else ():
                if NOT_IN_THE_MACHINE.match(each) and not (privately
                                                           and HTTP_PRIVATELY.match(each)):
                    yield f"{name}: <{path}>" + (f" brings <{each}>" if each != path else "")


def the_machine_asks_no_clock_and_draws_no_lots(tree):
    for name in tree.cxx(*("src/" + layer for layer in MACHINE)):
        for found in CLOCK_OR_CHANCE.findall(tree.bare(name)):
            yield f"{name}: {found}"


def asio_is_spelled_in_one_place(tree):
    for name in tree.cxx("src"):
        if name != ASIO_IS_SPELLED_IN and re.search(r"\bboost::asio\b", tree.bare(name)):
            yield f"{name}: says boost::asio; it is `asio`, from net/asio.hpp"
        for _, path in tree.includes(name):
            if path.startswith("boost/asio") and layer_of(name) != "net":
                yield f"{name}: <{path}> belongs in net"


def public_headers_stay_cheap(tree):
    for name in tree.cxx("include"):
        for quote, path in tree.includes(name):
            if NOT_IN_PUBLIC.match(path):
                yield f"{name}: <{path}>"
            if quote == '"':
                yield f"{name}: \"{path}\": public headers include each other as <adieu/…>"
            elif path.startswith("adieu/") and "include/" + path not in tree.text:
                yield f"{name}: <{path}> is not there"


def only_the_tool_and_tests_look_inside(tree):
    inner = re.compile(r"(" + "|".join(LAYERS) + r")/")
    for name in tree.cxx("examples", "tests/consumer"):
        for quote, path in tree.includes(name):
            if quote == '"' and inner.match(path):
                yield f"{name}: \"{path}\""


def files_are_short(tree):
    for name, text in tree.text.items():
        lines = text.count("\n")
        if lines > LONGEST:
            yield f"{name}: {lines} lines, {LONGEST} are enough for one idea"


def files_begin_with_what_they_are(tree):
    for name, text in tree.text.items():
        lines = text.split("\n")
        first = lines[1] if lines[0].startswith("#!") and len(lines) > 1 else lines[0]
        if not re.match(r'//|#(?!include|pragma|if|define)|"""', first):
            yield f"{name}: begins with {first[:40]!r}, not with a comment"


def headers_are_included_once(tree):
    for name in tree.cxx(*CODE_FOLDERS):
        if name.endswith(".hpp") and "\n#pragma once\n" not in tree.text[name]:
            yield f"{name}: no #pragma once"


def standard_functions_are_included(tree):
    used = {header: re.compile(r"\bstd::(" + names + ")")
            for header, names in STANDARD_FUNCTIONS.items()}
    for name in tree.cxx("include", "src", "tools", "examples", "tests", "bench"):
        included = {path for _, path in tree.includes(name)}
        # A file may count on the header that it defines.
        if (own := Path(name).with_suffix(".hpp").as_posix()) in tree.text:
            included |= {path for _, path in tree.includes(own)}
        for header, pattern in used.items():
            if header not in included and (found := pattern.search(tree.bare(name))):
                yield f"{name}: std::{found[1].rstrip('(< ')} without <{header}>"


def only_files_named_for_linux_need_linux(tree):
    for name in tree.cxx("include", "src", "tools"):
        if name.endswith("_linux.cpp"):
            continue
        # A name is free where a macro says that the system has it.
        text = KNOWN_BY_MACRO.sub(lambda m: m[2].replace(m[1], ""), tree.text[name])
        text = re.sub(r"//[^\n]*", "", text)
        for found in OF_LINUX.findall(text):
            yield f"{name}: {found or '/proc'}"
        for _, path in tree.includes(name):
            if LINUX_HEADER.match(path):
                yield f"{name}: <{path}>"


def names_say_something(tree):
    for name in tree.text:
        for part in re.split(r"[/_.\-]", name):
            if part in FORBIDDEN_PARTS:
                yield f"{name}: '{part}' in a file's name"
    for name in tree.cxx("include", "src", "tools", "examples"):
        ours = MEMBER_ACCESS.sub(" ", tree.bare(name))
        for word in sorted(set(re.findall(r"\b[A-Za-z_]\w+\b", ours))):
            if NOT_OURS.match(word):
                continue
            if name == "src/http/head_reader.cpp" and BEASTS_PARSER.match(word):
                continue
            if word.startswith("get_") or set(word.lower().split("_")) & FORBIDDEN_PARTS:
                yield f"{name}: {word}"


def every_test_is_built(tree):
    lists = (tree.root / "tests/CMakeLists.txt").read_text(encoding="utf-8")
    for name in tree.cxx("tests"):
        if name.endswith("_test.cpp") and name.removeprefix("tests/") not in lists.split():
            yield f"{name}: not in tests/CMakeLists.txt"


RULES = [
    a_layer_includes_only_those_below_it,
    the_machine_includes_no_input_or_output,
    the_machine_asks_no_clock_and_draws_no_lots,
    asio_is_spelled_in_one_place,
    public_headers_stay_cheap,
    only_the_tool_and_tests_look_inside,
    files_are_short,
    files_begin_with_what_they_are,
    headers_are_included_once,
    standard_functions_are_included,
    only_files_named_for_linux_need_linux,
    names_say_something,
    every_test_is_built,
]


def main():
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[1]
    tree = Tree(root)
    if len(tree.cxx("src")) < 10:
        print(f"FAIL {root} is not the project")
        print("0 passed, 1 failed")
        return 1
    failed = 0
    for rule in RULES:
        breaches = list(rule(tree))
        failed += bool(breaches)
        for breach in breaches:
            print(f"FAIL {rule.__name__}: {breach}")
    print(f"{len(RULES) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
