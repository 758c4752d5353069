"""The simulator's checks: what each says when it fires, read from its sources. A check has no other
name, so what fires is told from what is said."""

import re
from pathlib import Path

SOURCES = Path(__file__).resolve().parent


def arguments(text, at):
    """Those of the call whose parenthesis opens at `at`, split at the commas between them."""
    depth, begin, found, i = 0, at + 1, [], at
    while True:
        c = text[i]
        if c == '"':
            i += 1
            while text[i] != '"':
                i += 2 if text[i] == "\\" else 1
        elif c in "([{":
            depth += 1
        elif c in ")]}":
            depth -= 1
            if depth == 0:
                return found + [text[begin:i]]
        elif c == "," and depth == 1:
            found.append(text[begin:i])
            begin = i + 1
        i += 1


def literals(argument):
    """Of an argument that is one string literal or a choice of two."""
    parts = re.findall(r'"((?:[^"\\]|\\.)*)"', argument)
    rest = re.sub(r'"(?:[^"\\]|\\.)*"', "", argument).strip()
    return ["".join(parts)] if parts and not rest else []


def checks():
    """What each says, in the order of files and lines; a text that stands twice is one check."""
    found = {}
    for path in sorted(SOURCES.glob("*.[ch]pp")):
        text = path.read_text(encoding="utf-8")
        for call in re.finditer(r"\b(?:expect|breach|judges)\(", text):
            for argument in arguments(text, call.end() - 1)[1:]:
                for said in literals(argument):
                    found.setdefault(said, path.name)
        if path.name == "herd_rules.cpp":
            judged = text[text.index("herd_rules::wrong_with"):]
            for said in re.findall(r'return[^;"]*"([^"]+)"[^;"]*;', judged) + re.findall(
                    r'[?:] "([^"]+)"', judged):
                found.setdefault(said, path.name)
    return found


def says(check, told):
    """Whether what was told is this check's; numbers of it are left out of tables."""
    parts = re.split(r"%[a-z]+|\d{3,}", check)
    return re.fullmatch(".*".join(re.escape(part) for part in parts), told) is not None
