# SPDX-License-Identifier: Apache-2.0
# Copyright the Redoubt authors
"""Four kilobytes of one repeated unit in a parameter, against every rule: what the worst of them costs."""

import json

import processes
import rules
from corpus import Request, write

LENGTH = 4096
SECONDS = 0.3

# Single characters that patterns repeat or alternate over, and short units that begin, quote, nest or join something.
UNITS = [
    *(bytes([byte]) for byte in b"a0A9 \t\n'\"`()<>[]{}/\\.-_;:,&=%|$#@!?*~^+"),
    *(b"\x00", b"\xff", b"\xc3\xa9", b"\r\n"),
    *(b"../", b"..\\", b"/*", b"*/", b"--", b"' ", b"\" ", b"a=", b"a ", b" a", b"0x", b"\\x", b"&#", b"&a;", b"%u"),
    *(b"<a ", b"<!", b"</", b"<a>", b"a=\"", b"on", b"$(", b"${", b"||", b";a", b"a,", b"a.", b"(a", b"()", b"'a'"),
    *(b"or ", b"select ", b"union ", b"echo ", b"a/", b"[a]", b"{a:", b"http://", b"javascript:"),
]
LEVEL = 4
SCANNERS = ("automatic", "portable")


def measure(options, folder, note):
    """Runs every unit by itself at the highest paranoia level, where all rules are in force, with each scanner."""
    file = rules.write(folder, LEVEL)
    result = {"level": LEVEL, "bytes": LENGTH, "units": len(UNITS), "scanners": {}}
    for scanner in SCANNERS:
        baseline = _measure(options, folder, file, b"tea", scanner)
        figures = []
        for number, unit in enumerate(UNITS):
            if number % 10 == 0:
                note(f"repeated units, {scanner}: {number} of {len(UNITS)}")
            times = _measure(options, folder, file, _repeated(unit), scanner)
            figures.append({"unit": unit.decode("latin-1"), **times})
        figures.sort(key=lambda each: each["p10_ms"], reverse=True)
        result["scanners"][scanner] = {"ordinary": baseline, "worst": figures[:10]}
    return result


def _repeated(unit):
    return (unit * (LENGTH // len(unit) + 1))[:LENGTH]


def _measure(options, folder, file, value, scanner):
    """The transaction's times. One thread works without waiting, so the lowest are its CPU time."""
    encoded = b"".join(bytes([byte]) if chr(byte).isalnum() and byte < 128 else b"%%%02X" % byte for byte in value)
    headers = [(b"Host", b"shop.example.com"), (b"User-Agent", b"Mozilla/5.0"), (b"Accept", b"*/*")]
    request = Request("get", b"repeated", b"GET", b"/search?q=" + encoded, headers)
    corpus = write(folder / "repeated.bin", [request])
    command = [options.redoubt, "waf", "bench", str(corpus), "--rules", str(file), "--seconds", str(SECONDS)]
    command += ["--scanner", scanner]
    figures = json.loads(processes.output([*command, "--format", "json"]))["classes"]["get"]
    return {
        key.replace("_us", "_ms"): round(figures[key] / 1e3, 3)
        for key in ("p10_us", "p50_us", "p99_us", "max_us")
        if figures.get(key) is not None
    }
