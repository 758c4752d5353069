#!/usr/bin/env python3
"""Whether the pages say what is there: every C++ block that names an example is a part of it, every
link leads to a file or a heading, the README shows the demo's endings.

    tests/docs_check.py [BUILD_DIR]

A block names its example in a comment on the line before: <!-- from examples/NAME.cpp -->
"""

import re
import subprocess
import sys
import textwrap
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BUILD = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else ROOT / "build"
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), ROOT / "bench/README.md"])

CPP_BLOCK = re.compile(r"(?:<!-- from (\S+) -->\n)?```cpp\n(.*?)```", re.DOTALL)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
FENCED = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)


def blocks_are_parts_of_examples(page, text):
    for source, block in CPP_BLOCK.findall(text):
        first = block.split("\n")[0]
        if not source:
            yield f"{page}: the block that begins {first!r} names no example"
            continue
        lines = [line.strip() for line in (ROOT / source).read_text("utf-8").split("\n")]
        for part in block.split("\n…\n"):
            wanted = [line.strip() for line in textwrap.dedent(part).strip("\n").split("\n")]
            if not any(lines[i:i + len(wanted)] == wanted for i in range(len(lines))):
                yield f"{page}: {wanted[0]!r} and what follows is no part of {source}"


def anchors(text):
    found = set()
    for heading in re.findall(r"^#+ (.*)$", FENCED.sub("", text), re.MULTILINE):
        plain = re.sub(r"[`*]", "", heading).lower()
        found.add(re.sub(r"[^\w\- ]", "", plain).replace(" ", "-"))
    return found


def links_lead_somewhere(page, text):
    for target in LINK.findall(FENCED.sub("", text)):
        if re.match(r"https?:|mailto:", target):
            continue
        path, _, anchor = target.partition("#")
        at = (page.parent / path).resolve() if path else page
        if not at.exists():
            yield f"{page}: no file {target}"
        elif anchor and anchor not in anchors(at.read_text("utf-8")):
            yield f"{page}: no heading {target}"


def the_readme_shows_the_demo():
    """Titles and groups only: what a race decides, and the time, may differ."""
    def endings(text):
        return [line[:33].strip() for line in text.split("\n") if line.startswith(" ✓")]

    said = subprocess.run([BUILD / "adieu", "demo"], capture_output=True, text=True, timeout=120)
    page = (ROOT / "README.md").read_text("utf-8")
    shown = page.split("<!-- from adieu demo -->")[1].split("```")[1]
    for title in set(endings(shown)) ^ set(endings(said.stdout)):
        yield f"README.md: {title!r} is only on one side: the demo, or the page"


def main():
    failed = 0
    for rule in (blocks_are_parts_of_examples, links_lead_somewhere):
        breaches = [b for page in PAGES for b in rule(page, page.read_text("utf-8"))]
        failed += bool(breaches)
        for breach in breaches:
            print(f"FAIL {breach}".replace(f"{ROOT}/", ""))
    for breach in (breaches := list(the_readme_shows_the_demo())):
        print(f"FAIL {breach}")
    failed += bool(breaches)
    print(f"{3 - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
