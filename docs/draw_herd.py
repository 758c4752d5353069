#!/usr/bin/env python3
"""Draws docs/herd.svg and writes the figures in docs/reconnecting.md, both from the simulation in
tests/protocol/herd.hpp, which runs the policy that the library runs.

    docs/draw_herd.py [--check] [BUILD_DIR]

--check: fails if either is not what it would write. Needs the program herd_figures of the build.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "docs/herd.svg"
PAGE = ROOT / "docs/reconnecting.md"
BEGIN, END = "<!-- from the simulation: begin -->", "<!-- from the simulation: end -->"

SLOTS = 250                        # tenths of a second that are shown
LEFT, WIDTH, TOP, HEIGHT, GAP = 74, 750, 56, 150, 62
MOST = 10_000


def figures(build):
    said = subprocess.run([build / "tests/herd_figures"], check=True, capture_output=True,
                          text=True, timeout=120).stdout
    curves, peaks = {}, []
    for line in said.splitlines():
        name, *numbers = line.split()
        if name == "peak":
            peaks.append([int(n) for n in numbers])
        else:
            curves[name] = (int(numbers[0]), [int(n) for n in numbers[1:]])
    return curves, peaks


# --- the table in the page ---

def length(milliseconds):
    seconds = milliseconds / 1000
    return f"{seconds / 60:g} min" if seconds >= 120 else f"{seconds:g} s"


def markdown(peaks):
    lines = ["| outage | the usual back-off, once the server is back | adieu, once it is back | "
             "adieu, at any moment |", "| --- | --- | --- | --- |"]
    for outage, naive, ours, ever in peaks:
        lines.append(f"| {length(outage)} | {naive:,} | {ours:,} | {ever:,} |")
    return "\n".join(lines)


# --- the picture ---

def words(text, x, y, size=13, anchor="start", colour="#222", weight="normal"):
    return (f'<text x="{x:g}" y="{y:g}" font-size="{size}" text-anchor="{anchor}" '
            f'fill="{colour}" font-weight="{weight}">{text}</text>')


def panel(top, title, colour, back, counts):
    bottom = top + HEIGHT
    step = WIDTH / SLOTS
    out = [words(title, LEFT, top - 12, 14, weight="bold", colour=colour),
           f'<rect x="{LEFT}" y="{top}" width="{back * step:g}" height="{HEIGHT}" fill="#f1f1f1"/>',
           words("nobody listens", LEFT + 8, top + 18, 12, colour="#777")]
    for value in (0, MOST // 2, MOST):
        y = bottom - HEIGHT * value / MOST
        out += [f'<path d="M{LEFT} {y:g} H{LEFT + WIDTH}" stroke="#ddd"/>',
                words(f"{value:,}", LEFT - 8, y + 4, 12, "end", "#555")]
    for slot, count in enumerate(counts[:SLOTS]):
        if count:
            high = max(HEIGHT * count / MOST, 0.6)
            out.append(f'<rect x="{LEFT + slot * step:.1f}" y="{bottom - high:.1f}" '
                       f'width="{step:g}" height="{high:.1f}" fill="{colour}"/>')
    peak = max(counts[back:])
    at = LEFT + (back + counts[back:].index(peak)) * step
    anchor, shift = ("start", 8) if at < LEFT + WIDTH / 2 else ("end", -8)
    y = max(bottom - HEIGHT * peak / MOST - 10, top + 14)
    out.append(words(f"{peak:,} in a tenth of a second", at + shift, y, 13, anchor, colour))
    return out


def picture(curves):
    high = TOP + 2 * HEIGHT + GAP + 46
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 860 {high}" width="860" '
           f'height="{high}" font-family="DejaVu Sans, Verdana, Helvetica, sans-serif">',
           "<!-- Written by draw_herd.py from the simulation in tests/protocol/herd.hpp. -->",
           "<title>Attempts in each tenth of a second after an outage of 8 s: 10,000 at once with "
           "the usual back-off, a low hill with adieu</title>",
           f'<rect width="860" height="{high}" fill="#ffffff"/>',
           words("10,000 clients lose their server at once; attempts in each tenth of a second",
                 LEFT, 22, 13, colour="#555")]
    out += panel(TOP, "1 s, 2 s, 4 s, 8 s, …: the usual back-off", "#a3341f", *curves["naive"])
    lower = TOP + HEIGHT + GAP
    out += panel(lower, "adieu", "#2f7d4f", *curves["ours"])
    for seconds in range(0, SLOTS // 10 + 1, 5):
        out.append(words(f"{seconds} s", LEFT + WIDTH * seconds * 10 / SLOTS, lower + HEIGHT + 20,
                         12, "middle", "#555"))
    return "\n".join([*out, "</svg>", ""])


def page_with(peaks):
    text = PAGE.read_text(encoding="utf-8")
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        sys.exit(f"draw_herd: {PAGE.name} has no place for the figures")
    head, rest = text.split(BEGIN)
    return f"{head}{BEGIN}\n{markdown(peaks)}\n{END}{rest.split(END)[1]}"


def main():
    given = [a for a in sys.argv[1:] if a != "--check"]
    curves, peaks = figures(Path(given[0]) if given else ROOT / "build")
    wanted = {PICTURE: picture(curves), PAGE: page_with(peaks)}
    if "--check" not in sys.argv:
        for path, text in wanted.items():
            path.write_text(text, encoding="utf-8")
        return 0
    stale = [path for path, text in wanted.items()
             if not path.exists() or path.read_text(encoding="utf-8") != text]
    for path in stale:
        print(f"FAIL {path.relative_to(ROOT)} is not what the simulation says: run docs/draw_herd.py")
    print(f"{len(wanted) - len(stale)} passed, {len(stale)} failed")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
