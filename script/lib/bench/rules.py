# SPDX-License-Identifier: Apache-2.0
# Copyright the Redoubt authors
"""Writes the rules that both sides run."""

import pathlib

import tools

# The recommended limits, bodies read both ways, no audit log, anomaly scoring. The rule set itself is unmodified.
CONFIGURATION = """\
SecRuleEngine On
SecRequestBodyAccess On
SecRule REQUEST_HEADERS:Content-Type "^(?:application(?:/soap\\+|/)|text/)xml" \
"id:'200000',phase:1,t:none,t:lowercase,pass,nolog,ctl:requestBodyProcessor=XML"
SecRule REQUEST_HEADERS:Content-Type "^application/json" \
"id:'200001',phase:1,t:none,t:lowercase,pass,nolog,ctl:requestBodyProcessor=JSON"
SecRequestBodyLimit 13107200
SecRequestBodyNoFilesLimit 131072
SecRequestBodyLimitAction Reject
SecPcreMatchLimit 1000
SecPcreMatchLimitRecursion 1000
SecResponseBodyAccess On
SecResponseBodyMimeType text/plain text/html text/xml
SecResponseBodyLimit 524288
SecResponseBodyLimitAction ProcessPartial
SecTmpDir {folder}
SecDataDir {folder}
SecAuditEngine Off
SecArgumentSeparator &
SecCookieFormat 0
SecUnicodeMapFile {unicode} 20127
SecDefaultAction "phase:1,log,auditlog,pass"
SecDefaultAction "phase:2,log,auditlog,pass"
SecAction "id:900000,phase:1,nolog,pass,t:none,setvar:tx.paranoia_level={level}"
SecAction "id:900990,phase:1,nolog,pass,t:none,setvar:tx.crs_setup_version=334"
Include {rules}/*.conf
"""


def write(folder, level):
    """A rule file for a paranoia level, in this folder."""
    file = pathlib.Path(folder) / f"level-{level}.conf"
    file.write_text(
        CONFIGURATION.format(folder=folder, unicode=tools.unicode_map(), level=level, rules=tools.core_rule_set())
    )
    return file
