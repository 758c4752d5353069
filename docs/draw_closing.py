#!/usr/bin/env python3
"""Draws docs/closing.svg and writes the table in docs/closing.md, both from the table in
src/protocol/closing.cpp, so that what is shown is what runs.

    docs/draw_closing.py             writes both
    docs/draw_closing.py --check     fails if either is not what it would write

The places of boxes and lines are laid out by hand below; what they say comes from the table. A
transition without a line of its own is written into its box, so none can be missing.
"""

import re
import sys
from html import escape
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src/protocol/closing.cpp"
PICTURE = ROOT / "docs/closing.svg"
PAGE = ROOT / "docs/closing.md"
BEGIN, END = "<!-- from the table: begin -->", "<!-- from the table: end -->"

ROW = re.compile(r"\{\s*(\w+),\s+(\w+),\s+(\w+),\s+send::(\w+),\s+(\w+),\s+(\w+)\s*\}")

SIGNALS = {
    "opened": "the opening succeeds",
    "close_called": "close()",
    "close_received": "the peer’s Close comes",
    "reply_finished": "the last word is said",
    "violation": "the peer breaks a rule",
    "close_left": "our Close has left",
    "stream_ended": "the stream ends",
    "stream_lost": "the stream is lost",
    "deadline_passed": "the deadline passes",
    "talks_on": "the deadline passes, the peer still sends",
    "terminated": "terminate()",
}
IN_THIS_STAGE = {  # where the words above would be too general
    ("connecting", "violation"): "the opening is refused",
    ("connecting", "deadline_passed"): "the opening takes too long",
    ("open", "deadline_passed"): "the keepalive gives up",
}
SHORT = {"opened": "opened", "close_called": "close()", "close_received": "Close came",
         "reply_finished": "replied", "violation": "a rule broken", "close_left": "Close left",
         "stream_ended": "ended", "stream_lost": "lost", "deadline_passed": "deadline",
         "talks_on": "deadline, the peer sends",
         "terminated": "terminate()"}
SENDS = {"nothing": "", "close": "Close", "answer": "Close, the peer’s code",
         "failure": "Close, the failure’s code"}
FATES = {"keep": "", "release": "close it",
         "end_our_side": "shut down sending, read to the end",
         "await_its_end": "read until the server ends it",
         "stop_sending": "shut down sending at once, read to the end"}
STAGES = {  # name: (what it means, centre, ready_state)
    "connecting": ("not open yet", (520, 66), "connecting"),
    "open": ("nobody has closed", (520, 214), "open"),
    "flushing": ("our Close waits behind our messages", (160, 388), "closing"),
    "awaiting_close": ("our Close has left", (160, 566), "closing"),
    "replying": ("the application has the last word", (520, 388), "closing"),
    "answering": ("our answer waits behind our messages", (520, 566), "closing"),
    "failing": ("our last bytes leave; nothing is read", (890, 388), "closing"),
    "ending": ("both Closes are done with; TCP ends", (520, 738), "closing"),
    "closed": ("the close event is delivered", (520, 870), "closed"),
}
COLOURS = {"connecting": ("#eef2f7", "#5b7083"), "open": ("#e6f4ea", "#2f7d4f"),
           "closing": ("#fff4dc", "#a86a00"), "closed": ("#ececec", "#3c3c3c")}
LINES = {  # (from, to): (points, place of the words, their anchor)
    ("connecting", "open"): ([(520, 112), (520, 168)], (530, 144), "start"),
    ("connecting", "failing"): ([(650, 66), (960, 66), (960, 342)], (664, 58), "start"),
    ("open", "flushing"): ([(390, 204), (160, 204), (160, 342)], (176, 196), "start"),
    ("open", "replying"): ([(520, 260), (520, 342)], (530, 304), "start"),
    ("open", "failing"): ([(650, 204), (850, 204), (850, 342)], (664, 196), "start"),
    ("open", "ending"): ([(650, 236), (710, 236), (710, 728), (650, 728)], (720, 520), "start"),
    ("flushing", "awaiting_close"): ([(160, 434), (160, 520)], (170, 480), "start"),
    ("flushing", "answering"): ([(290, 410), (340, 410), (340, 556), (390, 556)], (332, 458),
                                "end"),
    ("replying", "answering"): ([(520, 434), (520, 520)], (530, 474), "start"),
    ("awaiting_close", "ending"): ([(160, 612), (160, 738), (390, 738)], (170, 640), "start"),
    ("answering", "ending"): ([(520, 612), (520, 692)], (530, 656), "start"),
    ("failing", "ending"): ([(890, 434), (890, 752), (650, 752)], (880, 640), "end"),
    ("ending", "closed"): ([(520, 784), (520, 836)], (530, 808), "start"),
}
BOX_WIDTH, BOX_HEIGHT, WORDS_WIDTH = 260, 92, 24


def rows():
    """(stage, signal, next, sends, server, client) in the order of the table."""
    found = ROW.findall(SOURCE.read_text(encoding="utf-8"))
    text_rows = re.search(r"constexpr row rows\[\] = \{(.*?)\n\};", SOURCE.read_text(), re.DOTALL)
    expected = sum(line.strip().startswith("{") for line in text_rows.group(1).split("\n"))
    if not found or len(found) != expected:
        sys.exit(f"draw_closing: read {len(found)} of {expected} rows of {SOURCE.name}")
    for stage, signal, following, sends, server, client in found:
        for word, known in ((stage, STAGES), (signal, SIGNALS), (following, STAGES),
                            (sends, SENDS), (server, FATES), (client, FATES)):
            if word not in known:
                sys.exit(f"draw_closing: no words for {word!r} yet")
    return found


def in_words(stage, signal):
    return IN_THIS_STAGE.get((stage, signal), SIGNALS[signal])


def grouped(table):
    """Rows of one stage with the same outcome become one."""
    groups = {}
    for stage, signal, *outcome in table:
        groups.setdefault((stage, *outcome), []).append(signal)
    return groups


# --- the table in the page ---

def markdown(table):
    lines = ["| in | when | next | we send | the stream, server | the stream, client |",
             "| --- | --- | --- | --- | --- | --- |"]
    before = None
    for (stage, following, sends, server, client), signals in grouped(table).items():
        when = ", ".join(in_words(stage, signal) for signal in signals)
        name = f"`{stage}`" if stage != before else ""
        following = "stays" if following == stage else f"`{following}`"
        before = stage
        lines.append(f"| {name} | {when} | {following} | {SENDS[sends]} | {FATES[server]} | "
                     f"{FATES[client]} |")
    return "\n".join(lines)


# --- the picture ---

def words(text, x, y, size=13, anchor="middle", colour="#222", weight="normal"):
    return (f'<text x="{x}" y="{y}" font-size="{size}" text-anchor="{anchor}" fill="{colour}" '
            f'font-weight="{weight}">{escape(text)}</text>')


def wrapped(text, width):
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
            lines.append("")
        lines[-1] += (" " if lines[-1] else "") + word
    return lines


def box(stage, small_print):
    meaning, (x, y), state = STAGES[stage]
    fill, edge = COLOURS[state]
    height = BOX_HEIGHT if small_print else 68
    top = y - height / 2
    out = [f'<rect x="{x - BOX_WIDTH / 2:g}" y="{top:g}" width="{BOX_WIDTH}" height="{height}" '
           f'rx="10" fill="{fill}" stroke="{edge}" stroke-width="1.6"/>',
           words(stage, x, f"{top + 24:g}", 16, colour=edge, weight="bold"),
           words(meaning, x, f"{top + 42:g}", 12.5)]
    for number, line in enumerate(small_print):
        out.append(words(line, x, f"{top + 60 + 14 * number:g}", 10.5, colour="#666"))
    return out


def line(pair, said):
    points, (x, y), anchor = LINES[pair]
    if points[0][1] == points[1][1] and anchor == "start":  # the words stand on the line
        y -= 15 * (len(said) - 1) if y < points[0][1] else 0
    path = "M" + " L".join(f"{px} {py}" for px, py in points)
    out = [f'<path d="{path}" fill="none" stroke="#444" stroke-width="1.6" '
           f'stroke-linejoin="round" marker-end="url(#arrow)"/>']
    for number, (text, colour) in enumerate(said):
        out.append(words(text, x, y + 15 * number, 12, anchor, colour))
    return out


def said_on_a_line(pair, groups):
    said = []
    for (stage, following, sends, _, _), signals in groups.items():
        if (stage, following) != pair:
            continue
        text, width = " or ".join(in_words(stage, signal) for signal in signals), WORDS_WIDTH
        if len(signals) > 2:
            text, width = " · ".join(SHORT[signal] for signal in signals), 2 * WORDS_WIDTH
            text = "the stream " + text if signals[0] == "stream_ended" else text
        said += [(part, "#222") for part in wrapped(text, width)]
        if sends != "nothing":
            said.append(("→ " + SENDS[sends], "#a3341f"))
    return said


def small_print(stage, groups):
    """The transitions of a stage that have no line."""
    lines = []
    for (now, following, sends, _, _), signals in groups.items():
        if now != stage or following == stage or (now, following) in LINES:
            continue
        sent = "" if sends == "nothing" else " (sends Close)"
        short = " · ".join(SHORT[signal] for signal in signals)
        lines += wrapped(f"→ {following}: {short}{sent}", 50)
    return lines



def who_ends_tcp(table):
    ends = {(server, client) for _, signal, following, _, server, client in table
            if following == "ending" and server != "keep" and signal != "talks_on"}
    if ends != {("end_our_side", "await_its_end")}:
        sys.exit("draw_closing: the roles differ in more than who ends TCP first")
    return ["server: shuts down sending first, then reads", "client: reads until the server ends"]


def picture(table):
    groups = grouped(table)
    pairs = {(stage, following) for stage, following, *_ in groups}
    for pair in LINES:
        if pair not in pairs:
            sys.exit(f"draw_closing: the table has no way from {pair[0]} to {pair[1]} any more")
    out = ['<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1040 950" width="1040" '
           'height="950" font-family="DejaVu Sans, Verdana, Helvetica, sans-serif">',
           "<!-- Written by draw_closing.py from src/protocol/closing.cpp. -->",
           "<title>The stages of a connection, from connecting to closed</title>",
           '<defs><marker id="arrow" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" '
           'markerHeight="8" orient="auto"><path d="M0 0 L10 5 L0 10 z" fill="#444"/></marker>'
           "</defs>",
           '<rect width="1040" height="950" fill="#ffffff"/>']
    for pair in LINES:
        out += line(pair, said_on_a_line(pair, groups))
    for stage in STAGES:
        extra = who_ends_tcp(table) if stage == "ending" else small_print(stage, groups)
        out += box(stage, extra)
    out += legend()
    return "\n".join(out) + "\n</svg>\n"


def legend():
    out = []
    for number, (state, (fill, edge)) in enumerate(COLOURS.items()):
        x = 30 + 112 * number
        out.append(f'<rect x="{x}" y="918" width="14" height="14" rx="3" fill="{fill}" '
                   f'stroke="{edge}"/>')
        out.append(words(state, x + 20, 930, 12, "start"))
    out.append(words("colour: state()", 490, 930, 12, "start", "#666"))
    out.append(words("→ red: what we send", 600, 930, 12, "start", "#a3341f"))
    out.append(words("ended, lost: the stream, one way or both", 745, 930, 12, "start", "#666"))
    return out


def page_with(table):
    text = PAGE.read_text(encoding="utf-8")
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        sys.exit(f"draw_closing: {PAGE.name} has no place for the table")
    head, rest = text.split(BEGIN)
    return f"{head}{BEGIN}\n{markdown(table)}\n{END}{rest.split(END)[1]}"


def main():
    table = rows()
    wanted = {PICTURE: picture(table), PAGE: page_with(table)}
    if sys.argv[1:] == ["--check"]:
        stale = [path for path, text in wanted.items()
                 if not path.exists() or path.read_text(encoding="utf-8") != text]
        for path in stale:
            print(f"FAIL {path.relative_to(ROOT)} is not what the table says: "
                  "run docs/draw_closing.py")
        print(f"{len(wanted) - len(stale)} passed, {len(stale)} failed")
        return 1 if stale else 0
    for path, text in wanted.items():
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
