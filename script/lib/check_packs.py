# SPDX-License-Identifier: Apache-2.0
# Copyright the Redoubt authors
"""Checks the rule packs of threat detection: what each rule has to say about itself, and that nothing is there twice.

Whether the tests of the rules hold is for `redoubt threat test` to say; this looks at their shape alone. Needs PyYAML.
"""

import collections
import pathlib
import re
import sys
import uuid

import yaml

PACKS = pathlib.Path(__file__).parents[2] / "Sources/Capabilities/ThreatDetection/Packs"
MOST_LINES = 400
SIGMA_LEVELS = {"informational", "low", "medium", "high", "critical"}
FALCO_PRIORITIES = {"EMERGENCY", "ALERT", "CRITICAL", "ERROR", "WARNING", "NOTICE", "INFORMATIONAL", "INFO", "DEBUG"}
COUNTING = {"event_count", "value_count", "value_sum", "value_avg", "value_percentile", "new_terms"}


class Loader(yaml.SafeLoader):
    """Refuses a name that stands twice in one mapping, which YAML forbids and PyYAML lets pass."""

    def construct_mapping(self, node, deep=False):
        names = [self.construct_object(name, deep=True) for name, _ in node.value]
        for name, count in collections.Counter(names).items():
            if count > 1:
                raise yaml.constructor.ConstructorError(None, None, f"{name} stands twice", node.start_mark)
        return super().construct_mapping(node, deep)


class Checker:
    def __init__(self):
        self.problems = []
        self.seen = {}
        self.counts = collections.Counter()
        self.files = collections.Counter()
        self.reported = collections.Counter()
        self.tests = 0

    def fault(self, path, rule, message):
        self.problems.append(f"{path}: {rule}: {message}" if rule else f"{path}: {message}")

    def once(self, kind, value, path, rule):
        other = self.seen.setdefault((kind, str(value).lower()), (path, rule))
        if other != (path, rule):
            self.fault(path, rule, f"the {kind} {value!r} is already that of {other[1]!r} in {other[0]}")

    def text(self, document, name, path, rule, least=1):
        value = document.get(name)
        if not isinstance(value, str) or len(value.split()) < least:
            self.fault(path, rule, f'"{name}" is missing or too short')
            return ""
        return value

    def common(self, document, path, rule):
        steps = self.text(document, "next_steps", path, rule, 3)
        sentences = len(re.findall(r"[.!?](?:\s|$)", steps))
        if steps and not 1 <= sentences <= 4:
            self.fault(path, rule, f'"next_steps" has {sentences} sentences, not one to four')
        texts = document.get("falsepositives")
        if not isinstance(texts, list) or not texts or not all(isinstance(text, str) for text in texts):
            self.fault(path, rule, '"falsepositives" is a list of texts')
        self.check_tests(document, path, rule)

    def check_tests(self, document, path, rule):
        tests = document.get("tests")
        if not isinstance(tests, list):
            self.fault(path, rule, '"tests" are missing')
            return
        outcomes = set()
        for test in tests:
            self.tests += 1
            if not isinstance(test, dict) or set(test) != {"name", "events", "matches"}:
                self.fault(path, rule, 'a test has "name", "events" and "matches"')
                continue
            events = test["events"]
            if not isinstance(events, list) or not events or not all(isinstance(event, dict) and event for event in events):
                self.fault(path, rule, f'the test {test["name"]!r} has no events')
            matches = test["matches"]
            if not isinstance(matches, (bool, int)) or matches < 0:
                self.fault(path, rule, f'"matches" of the test {test["name"]!r} is true, false or a number')
                continue
            outcomes.add(bool(matches))
        names = [test.get("name") for test in tests if isinstance(test, dict)]
        if len(set(names)) != len(names):
            self.fault(path, rule, "two tests have the same name")
        if outcomes != {True, False}:
            self.fault(path, rule, "there is no test that matches, or none that does not")

    def technique_tags(self, tags, pattern, path, rule):
        if not isinstance(tags, list) or not any(re.fullmatch(pattern, str(tag)) for tag in tags):
            self.fault(path, rule, '"tags" name no technique of ATT&CK')
        elif len(set(tags)) != len(tags):
            self.fault(path, rule, "a tag stands twice")

    # Sigma

    def sigma(self, path, documents, pack):
        for document in documents:
            title = document.get("title", "")
            if not title:
                self.fault(path, "", "a document has no title")
                continue
            self.counts[pack] += 1
            self.once("title", title, path, title)
            try:
                if uuid.UUID(document["id"]).version != 4:
                    self.fault(path, title, "the id is no UUID of version 4")
                self.once("id", document["id"], path, title)
            except (KeyError, ValueError, AttributeError):
                self.fault(path, title, '"id" is missing or no UUID')
            if "name" in document:
                self.once("name", document["name"], path, title)
            self.text(document, "description", path, title, 4)
            if document.get("level") not in SIGMA_LEVELS:
                self.fault(path, title, f'"level" is one of {", ".join(sorted(SIGMA_LEVELS))}')
            if document.get("level") != "informational" or "name" not in document:
                self.reported[pack] += 1
            tags = document.get("tags")
            self.technique_tags(tags, r"attack\.t\d{4}(\.\d{3})?", path, title)
            if not any(re.fullmatch(r"attack\.[a-z-]+", str(tag)) for tag in tags or []):
                self.fault(path, title, '"tags" name no tactic of ATT&CK')
            if "correlation" in document:
                self.correlation(document["correlation"], documents, path, title)
            else:
                self.detection(document, path, title)
            self.common(document, path, title)

    def detection(self, document, path, title):
        source = document.get("logsource") or {}
        if source.get("product") not in {"gitlab", "github"} or not source.get("service"):
            self.fault(path, title, '"logsource" names a product and a service')
        detection = dict(document.get("detection") or {})
        condition = detection.pop("condition", "")
        words = set(re.findall(r"[\w*]+", condition)) - {"and", "or", "not", "of", "1", "all", "any", "them"}
        if not condition:
            self.fault(path, title, "the detection has no condition")
        for word in words:
            if not any(re.fullmatch(word.replace("*", ".*"), name) for name in detection):
                self.fault(path, title, f"the condition names {word!r}, which is not there")
        if "them" not in condition:
            for name in detection:
                if not any(re.fullmatch(word.replace("*", ".*"), name) for word in words):
                    self.fault(path, title, f"{name!r} is not used by the condition")

    def correlation(self, correlation, documents, path, title):
        named = {document.get(key) for document in documents for key in ("id", "name")} - {None}
        for rule in correlation.get("rules", []):
            if rule not in named:
                self.fault(path, title, f"the rule {rule!r} is not in this file")
        if not re.fullmatch(r"[1-9]\d*[smhd]", str(correlation.get("timespan", ""))):
            self.fault(path, title, '"timespan" is a number and s, m, h or d')
        if correlation.get("type") in COUNTING and "condition" not in correlation:
            self.fault(path, title, 'a correlation that counts has a "condition"')

    # Falco

    def falco(self, path, documents, pack):
        for item in (item for document in documents for item in document):
            kind = next((kind for kind in ("rule", "macro", "list") if kind in item), None)
            if kind is None:
                continue
            name = item[kind]
            self.once(kind, name, path, name)
            if kind != "rule":
                if not name.startswith("rd_"):
                    self.fault(path, name, "names of macros and lists begin with rd_, so that no other file's is meant")
                continue
            self.counts[pack] += 1
            self.reported[pack] += 1
            self.text(item, "desc", path, name, 6)
            self.text(item, "condition", path, name, 3)
            self.text(item, "output", path, name, 3)
            if item.get("priority") not in FALCO_PRIORITIES:
                self.fault(path, name, '"priority" is none of Falco\'s')
            self.technique_tags(item.get("tags"), r"T\d{4}(\.\d{3})?", path, name)
            if not any(str(tag).startswith("mitre_") for tag in item.get("tags") or []):
                self.fault(path, name, '"tags" name no tactic of ATT&CK')
            self.common(item, path, name)

    def file(self, file):
        path = str(file.relative_to(PACKS))
        text = file.read_text(encoding="utf-8")
        if text.count("\n") >= MOST_LINES:
            self.fault(path, "", f"{text.count(chr(10))} lines, {MOST_LINES} and more are too many")
        if not text.startswith("# SPDX-License-Identifier: Apache-2.0\n"):
            self.fault(path, "", "the header is missing")
        try:
            documents = [document for document in yaml.load_all(text, Loader) if document is not None]
        except yaml.YAMLError as error:
            self.fault(path, "", " ".join(str(error).split()))
            return
        pack = path.split("/")[0]
        self.files[pack] += 1
        if all(isinstance(document, list) for document in documents):
            self.falco(path, documents, pack)
        elif all(isinstance(document, dict) for document in documents):
            self.sigma(path, documents, pack)
        else:
            self.fault(path, "", "neither a file of Sigma nor one of Falco")


def main():
    checker = Checker()
    files = sorted(PACKS.rglob("*.yaml"))
    if not files:
        sys.exit(f"no packs in {PACKS}")
    for file in files:
        checker.file(file)
    for problem in checker.problems:
        print(problem, file=sys.stderr)
    for pack in sorted(checker.files):
        print(f"{pack}: {checker.counts[pack]} rules in {checker.files[pack]} files, {checker.reported[pack]} of them told")
    print(f"{sum(checker.counts.values())} rules, {checker.tests} tests, {len(checker.problems)} problems")
    sys.exit(1 if checker.problems else 0)


if __name__ == "__main__":
    main()
