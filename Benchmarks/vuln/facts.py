# SPDX-License-Identifier: Apache-2.0
# Copyright the Redoubt authors
"""Made-up weaknesses: the same seed gives the same ones on every machine, and number i is the same in every report."""

import random

WORDS = (
    "access allows an and application arbitrary attacker attribute authentication before buffer bypass by can cause "
    "certain check code command component configuration controlled could craft crafted data default denial directory "
    "does encoded error escape execute execution expression file filter for function handled header heap if improper "
    "in information injection input integer invalid is issue lead leak length limit local malformed may memory method "
    "not of or out overflow packet parameter parser path payload permission prior privileges properly query read "
    "remote request resource response restricted root sanitized script send server service session size special "
    "stack string subject template that the through to traversal unauthenticated untrusted uri user validation value "
    "version via vulnerable when which while with without write"
).split()
FOLDERS = "api auth billing cart catalog client common core db export gateway http jobs mail orders search shop web".split()
NAMES = "Account Address Audit Basket Cache Config Customer Export Handler Invoice Login Order Parser Report Session".split()
VARIABLES = "body customer_id fileName headers input order params payload query req request session token url userName".split()
CALLS = "cursor.execute eval exec.Command fs.readFile http.Redirect os.system pickle.loads res.send template.Execute".split()
ECOSYSTEMS = (("npm", "npm"), ("pypi", "pip"), ("maven", "jar"), ("golang", "gomod"), ("deb", "debian"))
SEVERITIES = ("CRITICAL", "HIGH", "HIGH", "MEDIUM", "MEDIUM", "MEDIUM", "LOW")
WEAKNESSES = (20, 22, 78, 79, 89, 94, 119, 125, 190, 200, 287, 352, 400, 416, 434, 502, 601, 611, 787, 918)


def mix(number):
    """A number whose bits all depend on all bits of another (the finalizer of SplitMix64)."""
    number = (number + 0x9E3779B97F4A7C15) & 0xFFFFFFFFFFFFFFFF
    number = ((number ^ (number >> 30)) * 0xBF58476D1CE4E5B9) & 0xFFFFFFFFFFFFFFFF
    number = ((number ^ (number >> 27)) * 0x94D049BB133111EB) & 0xFFFFFFFFFFFFFFFF
    return number ^ (number >> 31)


class World:
    """What findings are about: rules, advisories, packages, files."""

    def __init__(self, seed):
        rng = random.Random(seed)
        self.seed = seed
        self.rules = [self._rule(rng, number) for number in range(400)]
        self.advisories = [self._advisory(rng, number) for number in range(2000)]
        self.packages = [f"{rng.choice(WORDS)}-{rng.choice(WORDS)}" for _ in range(300)]
        self.files = [self._file(rng) for _ in range(4000)]

    def _text(self, rng, least, most):
        """Sentences, with the quotes and line feeds that reports escape."""
        parts = []
        left = rng.randint(least, most)
        while left > 0:
            words = [rng.choice(WORDS) for _ in range(rng.randint(6, 18))]
            if rng.random() < 0.2:
                words[2] = f'"{words[2]}"'
            end = ".\n\n" if rng.random() < 0.08 else ". "
            parts.append(" ".join(words).capitalize() + end)
            left -= len(words)
        return "".join(parts).strip()

    def _rule(self, rng, number):
        language = rng.choice(("python", "javascript", "java", "go"))
        topic = "-".join(rng.choice(WORDS) for _ in range(3))
        return {
            "id": f"{language}/{topic}-{number}",
            "name": " ".join(rng.choice(WORDS) for _ in range(5)).capitalize(),
            "text": self._text(rng, 12, 40),
            "help": self._text(rng, 80, 200),
            "cwe": rng.choice(WEAKNESSES),
            "severity": rng.choice(SEVERITIES),
            "score": f"{rng.randint(30, 98) / 10}",
        }

    def _advisory(self, rng, number):
        year = rng.randint(2015, 2026)
        letters = "23456789cfghjmpqrvwx"
        ghsa = "-".join("".join(rng.choice(letters) for _ in range(4)) for _ in range(3))
        project = f"{rng.choice(WORDS)}/{rng.choice(WORDS)}-{rng.choice(WORDS)}"
        cve = f"CVE-{year}-{10000 + number * 7}"
        links = [f"https://nvd.nist.gov/vuln/detail/{cve}", f"https://github.com/advisories/GHSA-{ghsa}"]
        for _ in range(rng.randint(2, 12)):
            commit = f"{rng.getrandbits(160):040x}"
            links.append(
                rng.choice(
                    (
                        f"https://github.com/{project}/commit/{commit}",
                        f"https://github.com/{project}/pull/{rng.randint(1, 9999)}",
                        f"https://access.redhat.com/errata/RHSA-{year}:{rng.randint(1000, 9999)}",
                        f"https://lists.debian.org/debian-lts-announce/{year}/{rng.randint(1, 12):02}/msg00012.html",
                        f"https://ubuntu.com/security/notices/USN-{rng.randint(1000, 9999)}-1",
                    )
                )
            )
        metrics = "/".join(
            f"{key}:{rng.choice(values)}"
            for key, values in zip(("AV", "AC", "PR", "UI", "S", "C", "I", "A"), ("NALP", "LH", "NLH", "NR", "UC", *["NLH"] * 3))
        )
        return {
            "cve": cve,
            "ghsa": f"GHSA-{ghsa}",
            "title": " ".join(rng.choice(WORDS) for _ in range(rng.randint(5, 12))).capitalize(),
            "text": self._text(rng, 30, 140),
            "links": links,
            "vector": f"CVSS:3.1/{metrics}",
            "score": rng.randint(30, 98) / 10,
            "cwe": rng.choice(WEAKNESSES),
            "severity": rng.choice(SEVERITIES),
            "published": f"{year}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}T15:15:00Z",
        }

    def _file(self, rng):
        depth = rng.randint(1, 4)
        folders = "/".join(rng.choice(FOLDERS) for _ in range(depth))
        return f"src/{folders}/{rng.choice(NAMES)}{rng.choice(NAMES)}.{rng.choice(('py', 'js', 'java', 'go'))}"

    def code(self, number):
        """Weakness number i in source code."""
        bits = mix(self.seed * 1_000_003 + number)
        rule = self.rules[bits % 400]
        line = bits >> 9 & 0x7FF
        variable = VARIABLES[(bits >> 20) % len(VARIABLES)]
        call = CALLS[(bits >> 24) % len(CALLS)]
        column = 1 + (bits >> 28) % 60
        # The number is in the line, so that no two findings of one rule are at one place.
        return {
            "number": number,
            "bits": bits,
            "rule": rule,
            "file": self.files[(bits >> 34) % 4000],
            "line": 1 + line + number // 1000 * 3,
            "column": column,
            "end_column": column + len(call) + len(variable) + 2,
            "variable": variable,
            "code": f"{call}({variable}, {bits >> 48})",
            "hash": f"{mix(bits):016x}",
        }

    def component(self, number):
        """Weakness number i in a component: an advisory and a package with its version."""
        bits = mix(self.seed * 1_000_003 + number)
        advisory = self.advisories[number % 2000]
        kind, manager = ECOSYSTEMS[(bits >> 8) % len(ECOSYSTEMS)]
        name = f"{self.packages[(bits >> 12) % 300]}-{number // 2000}"
        major, minor, patch = bits >> 32 & 7, bits >> 36 & 31, bits >> 42 & 15
        return {
            "number": number,
            "bits": bits,
            "advisory": advisory,
            "name": name,
            "version": f"{major}.{minor}.{patch}",
            "fixed": f"{major}.{minor + 1}.0",
            "type": kind,
            "manager": manager,
            "purl": f"pkg:{kind}/{name}@{major}.{minor}.{patch}",
            "path": f"app/{FOLDERS[bits >> 50 & 15]}/package-lock.json",
            "hash": f"{mix(bits):016x}{bits:016x}",
        }
