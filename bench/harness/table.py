"""The tables: one for each row with its spread and ratios, and one of all in Markdown."""

from statistics import median

FULL = 0.9  # of the wall clock: as good as always busy


def row_table(row, servers, figures):
    """`figures[server name]`: the Figures of all rounds; shorter or empty where some failed."""
    present = [s for s in servers if figures.get(s.name)]
    head = ["server", row.unit, "min–max"] + [f"× {s.name}" for s in present]
    head += ["busy: server", "generator", ""]
    lines = [head]
    for server in servers:
        own = figures.get(server.name)
        if not own:
            if row.is_for(server):
                lines.append([server.title, "failed"] + [""] * (len(head) - 2))
            continue
        values = [f.value for f in own]
        line = [server.title, _number(row, median(values)),
                f"{_number(row, min(values))}–{_number(row, max(values))}"]
        line += [_ratio(own, figures[other.name]) for other in present]
        line += _shares(own) + ["; ".join(_remarks(own))]
        lines.append(line)
    return f"{row.name}: {row.title}\n" + _aligned(lines)


def summary(rows, servers, figures):
    """`figures[row name][server name]`. Markdown; ratios to the limit where there is one."""
    lines = [["server"] + [f"{row.name} ({row.unit})" for row in rows]]
    for server in servers:
        line = [server.title]
        for row in rows:
            own = figures[row.name].get(server.name)
            limit = figures[row.name].get("tcp")
            cell = _number(row, median(f.value for f in own)) if own else "–"
            if own and limit and not server.is_limit:
                cell += f" ({_ratio(own, limit)}×)"
            line.append(cell)
        lines.append(line)
    lines.insert(1, ["---"] * len(lines[0]))
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def bottleneck(figures):
    """Who was it that kept the others waiting, in these rounds of one server?"""
    server = median(f.server_share for f in figures)
    generator = median(f.generator_share for f in figures)
    if generator >= FULL and server < FULL:
        return "generator"
    return "server" if server >= FULL else "neither"


def _remarks(figures):
    remarks = []
    if bottleneck(figures) == "generator":
        remarks.append("the generator was the bottleneck")
    worst = min(f.undisturbed for f in figures)
    if worst < FULL:
        remarks.append(f"DISTURBED: others took up to {1 - worst:.0%} of the generator's core")
    return remarks


def _shares(figures):
    server = median(f.server_share for f in figures)
    generator = median(f.generator_share for f in figures)
    return [f"{server:.0%}", f"{generator:.0%}"] if generator else ["", ""]


def _ratio(own, others):
    """The median of the ratios round by round: what drifts meanwhile drifts for both."""
    ratios = [a.value / b.value for a, b in zip(own, others) if b.value]
    return f"{median(ratios):.2f}" if ratios else "–"


def _number(row, value):
    if row.unit == "B":
        return f"{value:,.0f}"
    microseconds = value / 1000
    digits = 3 if microseconds < 1 else 2 if microseconds < 100 else 0
    return f"{microseconds:,.{digits}f}"


def _aligned(lines):
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    return "\n".join(
        "  " + "  ".join(cell.ljust(width) if i == 0 else cell.rjust(width) if i < len(line) - 1
                         else cell for i, (cell, width) in enumerate(zip(line, widths))).rstrip()
        for line in lines)
