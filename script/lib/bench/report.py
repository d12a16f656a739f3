# SPDX-License-Identifier: Apache-2.0
# Copyright the Redoubt authors
"""The figures as text, beside the floors and goals that they are held against."""

import vuln
from corpus import CLASSES

SPEED_UP = (10, 20)
RULES_CPU = (1 / 5, 1 / 10)
PROXY_CPU = (1.6, 1.1)
REPEATED_MS = {"automatic": (10, 1), "portable": (60, 20)}
MEMORY_MB = (60, 40)
HOST_MB = (1, 0)
START_MS = (300, 100)
RELOAD_MS = (5, 1)


def text(result):
    """All that was measured."""
    parts = [
        *(_level(level, figures) for level, figures in result.get("levels", {}).items()),
        *(_wire(title, result[key], goals) for key, title, goals in _WIRES if key in result),
    ]
    sections = (
        ("reload", _reload), ("start", _start), ("memory", _memory), ("repeated_units", _units), ("store", _store),
        ("console", _console), ("rehearse", _rehearse), ("vuln", _vuln),
    )
    for key, section in sections:
        if key in result:
            parts.append(section(result[key]))
    return "\n".join(parts)


_WIRES = (
    ("wire_with_rules", "On the wire, paranoia level 1: CPU per request", RULES_CPU),
    ("wire_without_rules", "On the wire, no rules: CPU per request", PROXY_CPU),
)


def _number(value, decimals=1):
    return "n/a" if value is None else f"{value:,.{decimals}f}"


def _table(rows):
    """Rows of text; the first column to the left, the others to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [cell.rjust(width) for cell, width in zip(row[1:], widths[1:])]
        lines.append("  ".join([row[0].ljust(widths[0]), *cells]).rstrip())
    return "\n".join(lines) + "\n"


def _verdict(value, goals, at_least=False):
    """How a figure stands to its floor and its goal."""
    if value is None:
        return "too little was measured; give it more --seconds"
    floor, goal = goals
    meets = (lambda bound: value >= bound) if at_least else (lambda bound: value <= bound)
    word = "goal met" if meets(goal) else "floor met" if meets(floor) else "FLOOR MISSED"
    return f"{word}; floor {floor:g}, goal {goal:g}"


def _level(level, figures):
    engines = [name for name in ("redoubt", "libmodsecurity") if name in figures]
    ratios = figures.get("times_faster")
    rows = [["us", "p10", "p50", "p99", "median of p50", *(["times faster", "by medians"] if ratios else [])]]
    for name in CLASSES:
        for engine in engines:
            each = figures[engine]["classes"][name]
            row = [_number(each[key]) for key in ("p10_us", "p50_us", "p99_us", "p50_us_median")]
            if ratios and engine == "redoubt":
                row += [_number(ratios[name], 2), _number(ratios[f"{name}_median"], 2)]
            elif ratios:
                row += ["", ""]
            rows.append([f"{name}, {engine}", *row])
    lines = [f"Paranoia level {level}, in process\n", _table(rows)]
    for engine in engines:
        each = figures[engine]
        lines.append(
            f"{engine}: {_number(each['rss_mb'])} MB resident, load {_number(each['load_ms'])} ms, "
            f"reload {_number(each['reload_ms'])} ms, {_number(each['tx_per_s'])} transactions/s\n"
        )
    if ratios:
        mean = ratios["geometric_mean"]
        lines.append(
            f"geometric mean {_number(mean, 2)} times ({_number(ratios['geometric_mean_median'], 2)} by medians): "
            f"{_verdict(mean, SPEED_UP, at_least=True)}\n"
        )
    if "verdicts" in figures:
        lines.append(_verdicts(figures["verdicts"]))
    return "".join(lines)


def _verdicts(verdicts):
    counts = ", ".join(
        f"{name} {each['redoubt']}/{each['libmodsecurity']} of {each['requests']}"
        for name, each in verdicts["denied"].items()
    )
    lines = [f"denied by redoubt/libmodsecurity: {counts}; {verdicts['differing']} verdicts differ\n"]
    for each in verdicts["first_differing"]:
        lines.append(
            f"  {each['name']} (record {each['index']}): redoubt {each['redoubt']}, "
            f"libmodsecurity {each['libmodsecurity']}\n"
        )
    lines += [f"  {remark}\n" for remark in verdicts["while_measured"]]
    return "".join(lines)


def _wire(title, figures, goals):
    names = list(figures["threads"])
    rows = [["traffic, server", "CPU us", "median", "requests/s", "p50 us", "p99 us"]]
    traffics = [key for key in figures if key != "threads"]
    for traffic in traffics:
        for name in names:
            each = figures[traffic][name]
            values = [each["cpu_us"], each["cpu_us_median"], each["requests_per_s"], each["p50_us"], each["p99_us"]]
            rows.append([f"{traffic}, {name}", *map(_number, values)])
    lines = [f"{title}\n", _table(rows)]
    for traffic in traffics:
        if (ratio := figures[traffic].get("cpu_ratio")) is not None:
            median = figures[traffic]["cpu_ratio_median"]
            lines.append(f"{traffic}: {ratio:.3f} of {names[1]} ({median:.3f} by medians): {_verdict(ratio, goals)}\n")
    lines.append("threads in all: " + ", ".join(f"{name} {count}" for name, count in figures["threads"].items()) + "\n")
    return "".join(lines)


def _reload(figures):
    rows = [["ms", "before p50", "p99", "max", "reload p50", "p99", "max", "n", "p99 added", "reload takes"]]
    for name, each in figures.items():
        before, during = each["before"], each["during"]
        row = [_number(part[key], 2) for part in (before, during) for key in ("p50_ms", "p99_ms", "max_ms")]
        rows.append([name, *row, str(during["n"]), _number(each["p99_added_ms"], 2), _number(each["reload_ms"])])
    verdict = _verdict(figures["redoubt"]["p99_added_ms"], RELOAD_MS)
    return f"Requests during a reload\n{_table(rows)}p99 added by a reload: {verdict}\n"


def _start(figures):
    return (
        f"Start until the first inspected request: {figures['warm_ms']:.1f} ms with warm caches "
        f"(median {figures['warm_ms_median']:.1f}, first start {figures['first_ms']:.1f}): "
        f"{_verdict(figures['warm_ms'], START_MS)}\n"
    )


def _memory(figures):
    one, more = figures["one_host"], figures["further_hosts"]
    return (
        f"Resident memory, one rule set: {one['rss_mb']} MB, {one['anonymous_mb']} of them no pages of files: "
        f"{_verdict(one['rss_mb'], MEMORY_MB)}\n"
        f"with {more['hosts']} further hosts of the same rules: {more['rss_mb']} MB, "
        f"{figures['added_mb_per_host']:+.2f} MB each: {_verdict(figures['added_mb_per_host'], HOST_MB)}\n"
    )


def _units(figures):
    return "\n".join(_scanner_units(figures, name, each) for name, each in figures["scanners"].items())


def _store(figures):
    exchanges = figures["exchanges"]
    detections = figures["detections"]
    latency = figures["latency"]
    slowest = max((value, name) for name, value in detections.items() if name.endswith("_ms"))
    added = latency["added"]
    return (
        f"{figures['events']:,.0f} events of {figures['line_bytes']:.0f} bytes, {figures['lost_events']:.0f} lost\n"
        f"to record one: {figures['record_ns'] / 1e3:.2f} us of processor time (goal 3)\n"
        f"to search all for what none has: {figures['miss_seconds']:.2f} s with {figures['miss_cores']:.2f} processors\n"
        f"first page of {figures['first_page_hits']:.0f} hits: {figures['first_page_seconds'] * 1e3:.0f} ms (goal 200)\n"
        f"on disk: {exchanges['disk_bytes']:.1f} bytes for each of {exchanges['count']:,} exchanges, "
        f"{exchanges['distinct']:,} of them distinct (goal 100); {exchanges['disk_bytes_with_payloads']:.1f} with the "
        f"payloads that are kept for replay (goal 320)\n"
        f"recording adds {added['p50_us']:.0f} us to the p50 of a request and {added['p99_us']:.0f} us to its p99 (goal 50); "
        f"a denial, which is on disk before its answer: p50 {latency['denied']['p50_us'] / 1e3:.2f} ms, "
        f"p99 {latency['denied']['p99_us'] / 1e3:.2f} ms (goal 6); the disk alone: "
        f"p50 {latency['disk']['p50_us'] / 1e3:.2f} ms, p99 {latency['disk']['p99_us'] / 1e3:.2f} ms\n"
        f"a detection that becomes a row: {detections['row_elapsed_ns'] / 1e3:.1f} us till it is written (goal 33), "
        f"{detections['row_ns'] / 1e3:.1f} us of processor time; "
        f"one that is folded: {detections['folded_ns'] / 1e3:.1f} us\n"
        f"with {detections['rows']:,.0f} rows the slowest question is {slowest[1].removesuffix('_ms')}: "
        f"{slowest[0]:.0f} ms; a rehearsal of all: {detections['rehearsal_ms']:.0f} ms (goal 100)\n"
    )


def _console(figures):
    rows = [["page", "p50 ms", "p95 ms", "max ms", "KB"]]
    for page in figures["pages"]:
        times = (page["p50_ms"], page["p95_ms"], page["max_ms"])
        rows.append([page["path"], *(_number(time) for time in times), _number(page["bytes"] / 1e3)])
    worst = max(page["p95_ms"] for page in figures["pages"])
    largest = max(page["bytes"] for page in figures["pages"]) / 1e3
    return (
        f"Pages of the console, 5 users in parallel\n{_table(rows)}"
        f"the slowest p95: {worst:.1f} ms (goal 50); the largest page: {largest:.1f} KB (goal 100); "
        f"resident: {figures['memory_mb']:.1f} MB\n"
    )


def _rehearse(figures):
    return (
        f"{figures['transactions']:,.0f} kept transactions of {figures['disk_bytes']:.0f} bytes on disk, "
        f"{figures['stopped']:,.0f} of them stopped\n"
        f"to decrypt and decode them: {figures['read_per_second']:,.0f} a second\n"
        f"to try changed rules on them with {figures['processors']:.0f} processors, where {figures['untouched']:,.0f} meet "
        f"none that differ: {figures['change_per_second']:,.0f} a second (goal 6,000)\n"
        f"to replay all of them: {figures['replay_per_second']:,.0f} a second\n"
    )


def _vuln(figures):
    return vuln.text(figures, _number, _table)


def _scanner_units(figures, scanner, result):
    rows = [["unit", "p10 ms", "p50 ms", "p99 ms", "max ms"]]
    keys = ("p10_ms", "p50_ms", "p99_ms", "max_ms")
    for each in result["worst"]:
        rows.append([repr(each["unit"]), *(_number(each.get(key), 3) for key in keys)])
    return (
        f"{figures['bytes']} bytes of a repeated unit in a parameter, paranoia level {figures['level']}, scanner "
        f"{scanner}, the worst of {figures['units']} units (an ordinary request: "
        f"{result['ordinary']['p10_ms']:.3f} ms)\n{_table(rows)}"
        f"{_verdict(result['worst'][0]['p10_ms'], REPEATED_MS[scanner])}\n"
    )
