# SPDX-License-Identifier: Apache-2.0
# Copyright the Redoubt authors
"""How each tool writes its report: a head, findings in groups, an end. White space is that of the tool."""

import json
from xml.sax.saxutils import escape, quoteattr


class Shape:
    """A format. Findings of one group stand together, such as those of one host."""

    group = 1_000_000_000
    separator = ","

    def __init__(self, world, time, findings):
        self.world = world
        self.time = time
        self.findings = findings

    def head(self):
        raise NotImplementedError

    def open(self, group):
        """What stands before the findings of a group."""
        return ""

    def close(self, group):
        return ""

    def finding(self, number):
        raise NotImplementedError

    def end(self):
        raise NotImplementedError


def _compact(value):
    return json.dumps(value, separators=(",", ":"))


class Indented(Shape):
    """JSON that is indented by two blanks, written by a template, as Python's own writer is slow at it."""

    level = 2

    def __init__(self, world, time, findings):
        super().__init__(world, time, findings)
        self._templates = {}

    def fill(self, key, shape, values):
        """The shape with its marks `<name>` replaced; it is made into a template once for each key."""
        template = self._templates.get(key)
        if template is None:
            text = json.dumps(shape(), indent=2).replace("%", "%%")
            for name in values:
                text = text.replace(f'"<{name}>"', f"%({name})s")
            pad = "  " * self.level
            template = self._templates[key] = pad + text.replace("\n", "\n" + pad)
        return "\n" + template % values

    def list(self, items, level):
        """A list of texts at a level of its own."""
        if not items:
            return "[]"
        pad = "  " * (self.level + level)
        return "[\n" + ",\n".join(f"{pad}  {json.dumps(item)}" for item in items) + f"\n{pad}]"


class SARIF(Shape):
    """SARIF as CodeQL and Semgrep write it: rules, fingerprints, one result in eight with the way of the data."""

    def head(self):
        rules = [
            {
                "id": rule["id"],
                "name": rule["id"],
                "shortDescription": {"text": rule["name"]},
                "fullDescription": {"text": rule["text"]},
                "help": {"text": rule["help"], "markdown": rule["help"]},
                "helpUri": f"https://example.com/rules/{rule['id']}",
                "defaultConfiguration": {"level": "error"},
                "properties": {
                    "tags": ["security", f"external/cwe/cwe-{rule['cwe']:03}"],
                    "precision": "high",
                    "security-severity": rule["score"],
                },
            }
            for rule in self.world.rules
        ]
        self._places = {rule["id"]: place for place, rule in enumerate(self.world.rules)}
        driver = {"name": "CodeQL", "semanticVersion": "2.20.1", "rules": rules}
        start = _compact({"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0"})[:-1]
        run = _compact({"tool": {"driver": driver}, "invocations": [{"executionSuccessful": True, "endTimeUtc": self.time}]})
        return f'{start},"runs":[{run[:-1]},"results":['

    def _place(self, file, line, column, end):
        return {
            "physicalLocation": {
                "artifactLocation": {"uri": file, "uriBaseId": "%SRCROOT%", "index": 7},
                "region": {"startLine": line, "startColumn": column, "endColumn": end},
            }
        }

    def finding(self, number):
        fact = self.world.code(number)
        rule, line, column = fact["rule"], fact["line"], fact["column"]
        place = self._place(fact["file"], line, column, fact["end_column"])
        result = {
            "ruleId": rule["id"],
            "ruleIndex": self._places[rule["id"]],
            "rule": {"id": rule["id"], "index": self._places[rule["id"]]},
            "level": "error",
            "message": {"text": f"{rule['name']}: this depends on a [user-provided value](1) in `{fact['variable']}`."},
            "locations": [place],
            "partialFingerprints": {
                "primaryLocationLineHash": f"{fact['hash']}:1",
                "primaryLocationStartColumnFingerprint": str(column),
            },
        }
        if number % 2:
            place["physicalLocation"]["contextRegion"] = {
                "startLine": line - 1, "endLine": line + 1, "snippet": {"text": f"    try:\n        {fact['code']}\n"},
            }
        if number % 8 == 0:
            steps = [
                {"location": {**self._place(fact["file"], line + step, 5, 30), "message": {"text": f"step {step}"}}}
                for step in range(4)
            ]
            result["codeFlows"] = [{"threadFlows": [{"locations": steps}]}]
        result["relatedLocations"] = [
            {"id": 1, **self._place(fact["file"], line + 4, 9, 20), "message": {"text": "user-provided value"}}
        ]
        return _compact(result)

    def end(self):
        return "]}]}\n"


class Trivy(Indented):
    """`trivy image --format json`: results of several targets, advisories in full."""

    group = 500
    level = 4

    def head(self):
        head = {
            "SchemaVersion": 2, "CreatedAt": self.time, "ArtifactName": "registry.example.com/shop/cart:1.4",
            "ArtifactType": "container_image", "Metadata": {"OS": {"Family": "debian", "Name": "12.7"}},
        }
        return json.dumps(head, indent=2)[:-2] + ',\n  "Results": ['

    def open(self, group):
        target = {"Target": f"app/service-{group}/package-lock.json", "Class": "lang-pkgs", "Type": "npm"}
        text = json.dumps(target, indent=2)[:-2].replace("\n", "\n    ")
        return f'\n    {text},\n      "Vulnerabilities": ['

    def close(self, group):
        return "\n      ]\n    }"

    @staticmethod
    def _shape():
        score = {"V3Vector": "<vector>", "V3Score": "<score>"}
        return {
            "VulnerabilityID": "<cve>", "VendorIDs": ["<ghsa>"], "PkgID": "<pkg_id>", "PkgName": "<name>",
            "PkgIdentifier": {"PURL": "<purl>", "UID": "<uid>"}, "InstalledVersion": "<version>",
            "FixedVersion": "<fixed>", "Status": "fixed",
            "Layer": {"Digest": "sha256:7a7f0e4e7f6b", "DiffID": "sha256:1c2d3e4f5a6b7c8d9e0f1a2b3c4d5e6f70819203"},
            "SeveritySource": "ghsa", "PrimaryURL": "<url>",
            "DataSource": {
                "ID": "ghsa", "Name": "GitHub Security Advisory npm",
                "URL": "https://github.com/advisories?query=type%3Areviewed+ecosystem%3Anpm",
            },
            "Title": "<title>", "Description": "<text>", "Severity": "<severity>", "CweIDs": ["<cwe>"],
            "VendorSeverity": {"ghsa": 3, "nvd": 3, "redhat": 2}, "CVSS": {"ghsa": score, "nvd": score},
            "References": "<links>", "PublishedDate": "<published>", "LastModifiedDate": "<published>",
        }

    def finding(self, number):
        fact = self.world.component(number)
        advisory = fact["advisory"]
        text = {
            "cve": advisory["cve"], "ghsa": advisory["ghsa"], "pkg_id": f"{fact['name']}@{fact['version']}",
            "name": fact["name"], "purl": fact["purl"], "uid": fact["hash"][:16], "version": fact["version"],
            "fixed": fact["fixed"], "url": f"https://avd.aquasec.com/nvd/{advisory['cve'].lower()}",
            "title": advisory["title"], "text": advisory["text"], "severity": advisory["severity"],
            "cwe": f"CWE-{advisory['cwe']}", "vector": advisory["vector"], "published": advisory["published"],
        }
        values = {name: json.dumps(value) for name, value in text.items()}
        values["score"] = advisory["score"]
        values["links"] = self.list(advisory["links"], 1)
        return self.fill("vulnerability", self._shape, values)

    def end(self):
        return "\n  ]\n}\n"


class GitLabSAST(Indented):
    """GitLab's report of static analysis, schema 15.2, with tracking signatures."""

    def head(self):
        part = {"id": "semgrep", "name": "Semgrep", "version": "1.97.0", "vendor": {"name": "GitLab"}}
        scan = {
            "analyzer": part, "scanner": part, "type": "sast", "start_time": self.time[:19], "end_time": self.time[:19],
            "status": "success",
        }
        return json.dumps({"version": "15.2.1", "scan": scan}, indent=2)[:-2] + ',\n  "vulnerabilities": ['

    @staticmethod
    def _shape():
        signature = {"algorithm": "scope_offset", "value": "<signature>"}
        return {
            "id": "<id>", "category": "sast", "name": "<name>", "description": "<text>", "cve": "<cve>",
            "severity": "<severity>", "scanner": {"id": "semgrep", "name": "Semgrep"},
            "location": {"file": "<file>", "start_line": "<line>", "end_line": "<line>"},
            "identifiers": [
                {"type": "semgrep_id", "name": "<rule>", "value": "<rule>", "url": "<url>"},
                {"type": "cwe", "name": "<cwe_name>", "value": "<cwe>", "url": "https://cwe.mitre.org/data/"},
                {"type": "owasp", "name": "A03:2021 - Injection", "value": "A03:2021"},
            ],
            "tracking": {
                "type": "source",
                "items": [
                    {"file": "<file>", "line_start": "<line>", "line_end": "<line>", "signatures": [signature]}
                ],
            },
        }

    def finding(self, number):
        fact = self.world.code(number)
        rule = fact["rule"]
        text = {
            "id": fact["hash"] * 4, "name": rule["name"], "text": rule["text"], "cve": f"semgrep_id:{rule['id']}:{fact['line']}",
            "severity": rule["severity"].capitalize(), "file": fact["file"], "rule": rule["id"],
            "url": f"https://semgrep.dev/r/{rule['id']}", "cwe": str(rule["cwe"]), "cwe_name": f"CWE-{rule['cwe']}",
            "signature": f"{fact['file']}|{fact['variable']}[0]:{number % 40}",
        }
        values = {name: json.dumps(value) for name, value in text.items()}
        values["line"] = fact["line"]
        return self.fill("vulnerability", self._shape, values)

    def end(self):
        return "\n  ]\n}\n"


class Grype(Shape):
    """`grype -o json`, without white space."""

    def head(self):
        return '{"matches":['

    def finding(self, number):
        fact = self.world.component(number)
        advisory = fact["advisory"]
        score = {
            "source": "nvd@nist.gov", "type": "Primary", "version": "3.1", "vector": advisory["vector"],
            "metrics": {"baseScore": advisory["score"], "exploitabilityScore": 3.9, "impactScore": 5.9},
            "vendorMetadata": {},
        }
        name, version = fact["name"], fact["version"]
        cpes = [f"cpe:2.3:a:{vendor}:{name}:{version}:*:*:*:*:*:*:*" for vendor in (name, name.replace("-", "_"), "node")]
        return _compact(
            {
                "vulnerability": {
                    "id": advisory["ghsa"], "dataSource": advisory["links"][1], "namespace": "github:language:javascript",
                    "severity": advisory["severity"].capitalize(), "urls": advisory["links"][:3],
                    "description": advisory["title"], "cvss": [score],
                    "fix": {"versions": [fact["fixed"]], "state": "fixed"}, "advisories": [],
                },
                "relatedVulnerabilities": [
                    {
                        "id": advisory["cve"], "dataSource": advisory["links"][0], "namespace": "nvd:cpe",
                        "severity": advisory["severity"].capitalize(), "urls": advisory["links"],
                        "description": advisory["text"], "cvss": [score],
                    }
                ],
                "matchDetails": [
                    {
                        "type": "exact-direct-match", "matcher": "javascript-matcher",
                        "searchedBy": {
                            "language": "javascript", "namespace": "github:language:javascript",
                            "package": {"name": name, "version": version},
                        },
                        "found": {"versionConstraint": f"<{fact['fixed']} (unknown)", "vulnerabilityID": advisory["ghsa"]},
                    }
                ],
                "artifact": {
                    "id": fact["hash"][:16], "name": name, "version": version, "type": fact["type"],
                    "locations": [{"path": f"/{fact['path']}", "layerID": f"sha256:{fact['hash']}"}],
                    "language": "javascript", "licenses": ["MIT"], "cpes": cpes, "purl": fact["purl"], "upstreams": [],
                },
            }
        )

    def end(self):
        rest = {
            "source": {"type": "image", "target": {"userInput": "registry.example.com/shop/cart:1.4"}},
            "distro": {"name": "debian", "version": "12", "idLike": []},
            "descriptor": {"name": "grype", "version": "0.87.0", "timestamp": self.time},
        }
        return "]," + _compact(rest)[1:] + "\n"


class CycloneDX(Indented):
    """CycloneDX 1.6 as Trivy writes it: components, and vulnerabilities that refer to them."""

    def head(self):
        tool = {"type": "application", "name": "trivy", "version": "0.58.0"}
        head = {
            "bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1,
            "metadata": {
                "timestamp": self.time, "tools": {"components": [tool]},
                "component": {"bom-ref": "root", "type": "container", "name": "registry.example.com/shop/cart"},
            },
        }
        start = json.dumps(head, indent=2)[:-2] + ',\n  "components": ['
        parts = ",".join(self._component(number) for number in range(self.findings))
        return f'{start}{parts}\n  ],\n  "vulnerabilities": ['

    def _component(self, number):
        fact = self.world.component(number)
        text = {"purl": fact["purl"], "name": fact["name"], "version": fact["version"], "manager": fact["manager"]}
        return self.fill("component", self._part, {name: json.dumps(value) for name, value in text.items()})

    @staticmethod
    def _part():
        kind = {"name": "aquasecurity:trivy:PkgType", "value": "<manager>"}
        return {
            "bom-ref": "<purl>", "type": "library", "name": "<name>", "version": "<version>", "purl": "<purl>",
            "properties": [kind],
        }

    @staticmethod
    def _shape():
        return {
            "bom-ref": "<reference>", "id": "<cve>", "source": {"name": "nvd", "url": "<url>"},
            "ratings": [
                {
                    "source": {"name": "nvd"}, "score": "<score>", "severity": "<severity>", "method": "CVSSv31",
                    "vector": "<vector>",
                },
                {"source": {"name": "ghsa"}, "severity": "<severity>"},
            ],
            "cwes": ["<cwe>"], "description": "<text>", "recommendation": "<fix>", "advisories": "<links>",
            "published": "<published>", "updated": "<published>",
            "affects": [{"ref": "<purl>", "versions": [{"version": "<version>", "status": "affected"}]}],
        }

    def finding(self, number):
        fact = self.world.component(number)
        advisory = fact["advisory"]
        text = {
            "reference": f"vulnerability-{number}", "cve": advisory["cve"], "url": advisory["links"][0],
            "severity": advisory["severity"].lower(), "vector": advisory["vector"], "text": advisory["text"],
            "fix": f"Upgrade {fact['name']} to version {fact['fixed']}", "published": advisory["published"],
            "purl": fact["purl"], "version": fact["version"],
        }
        values = {name: json.dumps(value) for name, value in text.items()}
        values.update(score=advisory["score"], cwe=advisory["cwe"])
        pad = "  " * (self.level + 1)
        links = ",\n".join(f'{pad}  {{\n{pad}    "url": {json.dumps(link)}\n{pad}  }}' for link in advisory["links"])
        values["links"] = f"[\n{links}\n{pad}]"
        return self.fill("vulnerability", self._shape, values)

    def end(self):
        return "\n  ]\n}\n"


class Semgrep(Shape):
    """`semgrep --json`, without white space."""

    def head(self):
        return '{"version":"1.97.0","results":['

    def finding(self, number):
        fact = self.world.code(number)
        rule, line, column = fact["rule"], fact["line"], fact["column"]
        start = {"line": line, "col": column, "offset": line * 37 + column}
        end = {"line": line, "col": fact["end_column"], "offset": line * 37 + fact["end_column"]}
        variable = {"start": start, "end": end, "abstract_content": fact["variable"]}
        return _compact(
            {
                "check_id": rule["id"].replace("/", "."),
                "path": fact["file"],
                "start": start,
                "end": end,
                "extra": {
                    "metavars": {"$X": variable, "$Y": variable},
                    "message": rule["text"],
                    "metadata": {
                        "cwe": [f"CWE-{rule['cwe']}: {rule['name']}"], "owasp": ["A03:2021 - Injection"],
                        "category": "security", "technology": ["flask", "django"], "confidence": "MEDIUM",
                        "likelihood": "HIGH", "impact": "MEDIUM", "subcategory": ["vuln"],
                        "references": ["https://owasp.org/Top10/A03_2021-Injection", f"https://example.com/{rule['id']}"],
                        "source": f"https://semgrep.dev/r/{rule['id']}",
                        "license": "Semgrep Rules License v1.0. For more details, visit semgrep.dev/legal/rules-license",
                    },
                    "severity": "ERROR", "fingerprint": f"{fact['hash'] * 4}_0", "lines": f"        {fact['code']}",
                    "validation_state": "NO_VALIDATOR", "engine_kind": "OSS", "is_ignored": False,
                },
            }
        )

    def end(self):
        return '],"errors":[],"paths":{"scanned":["src"]},"skipped_rules":[]}\n'


class Nessus(Shape):
    """Nessus' XML: fifty findings of each host."""

    group = 50
    separator = ""

    def head(self):
        return '<?xml version="1.0" ?>\n<NessusClientData_v2>\n<Report name="weekly" xmlns:cm="http://www.nessus.org/cm">'

    def open(self, group):
        address = f"10.{group >> 16 & 255}.{group >> 8 & 255}.{group & 255}"
        tags = {
            "HOST_END": self.time, "operating-system": "Linux Kernel 5.10 on Debian 12", "host-ip": address,
            "host-fqdn": f"host-{group}.example.com", "os": "linux",
        }
        lines = "\n".join(f'<tag name="{name}">{value}</tag>' for name, value in tags.items())
        return f'\n<ReportHost name="{address}"><HostProperties>\n{lines}\n</HostProperties>'

    def close(self, group):
        return "\n</ReportHost>"

    def finding(self, number):
        fact = self.world.component(number)
        advisory = fact["advisory"]
        severity = {"CRITICAL": 4, "HIGH": 3, "MEDIUM": 2, "LOW": 1}[advisory["severity"]]
        links = "\n".join(advisory["links"][:4])
        return (
            f'\n<ReportItem port="{1 + fact["bits"] % 60000}" svc_name="www" protocol="tcp" severity="{severity}" '
            f'pluginID="{100000 + number % 2000}" pluginName={quoteattr(advisory["title"])} pluginFamily="Web Servers">\n'
            f'<cve>{advisory["cve"]}</cve>\n<cvss3_base_score>{advisory["score"]}</cvss3_base_score>\n'
            f'<cvss3_vector>{advisory["vector"]}</cvss3_vector>\n<cwe>{advisory["cwe"]}</cwe>\n'
            f"<description>{escape(advisory['text'])}</description>\n<fname>plugin_{number % 2000}.nasl</fname>\n"
            f"<plugin_modification_date>2026/05/31</plugin_modification_date>\n<plugin_name>{escape(advisory['title'])}"
            f"</plugin_name>\n<plugin_publication_date>{advisory['published'][:10]}</plugin_publication_date>\n"
            f"<plugin_type>remote</plugin_type>\n<risk_factor>{advisory['severity'].capitalize()}</risk_factor>\n"
            f"<script_version>1.59</script_version>\n<see_also>{escape(links)}</see_also>\n"
            f"<solution>Upgrade {fact['name']} to version {fact['fixed']} or later.</solution>\n"
            f"<synopsis>The remote host runs {fact['name']}, which is affected by a weakness.</synopsis>\n"
            f"<plugin_output>\n  Path              : /{fact['path']}\n  Installed version : {fact['version']}\n"
            f"  Fixed version     : {fact['fixed']}\n</plugin_output>\n<xref>CWE:{advisory['cwe']}</xref>\n</ReportItem>"
        )

    def end(self):
        return "\n</Report>\n</NessusClientData_v2>\n"


SHAPES = {
    "sarif": SARIF,
    "trivy": Trivy,
    "gitlab-sast": GitLabSAST,
    "grype": Grype,
    "cyclonedx": CycloneDX,
    "semgrep": Semgrep,
    "nessus": Nessus,
}
