// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The rules that the offline tools run when none are named: the engine's usual settings and the rule set in force.
package enum OfflineConfiguration {
    /// The engine's settings before any rule set: both bodies are read, within the usual limits, and bodies are
    /// parsed by their type.
    package static let engine = #"""
        SecRuleEngine On
        SecRequestBodyAccess On
        SecRequestBodyLimit 13107200
        SecRequestBodyNoFilesLimit 131072
        SecRequestBodyLimitAction Reject
        SecResponseBodyAccess On
        SecResponseBodyMimeType text/plain text/html text/xml application/json
        SecResponseBodyLimit 524288
        SecResponseBodyLimitAction ProcessPartial
        SecPcreMatchLimit 100000
        SecArgumentSeparator &
        SecCookieFormat 0
        SecDefaultAction "phase:1,log,auditlog,pass"
        SecDefaultAction "phase:2,log,auditlog,pass"
        SecRule REQUEST_HEADERS:Content-Type "^(?:application(?:/soap\+|/)|text/)xml" "id:200000,phase:1,t:none,t:lowercase,pass,nolog,ctl:requestBodyProcessor=XML"
        SecRule REQUEST_HEADERS:Content-Type "^application/(?:[a-z0-9.-]+\+)?json" "id:200001,phase:1,t:none,t:lowercase,pass,nolog,ctl:requestBodyProcessor=JSON"
        SecRule REQBODY_ERROR "!@eq 0" "id:200002,phase:2,t:none,log,deny,status:400,msg:'Failed to parse request body.',logdata:'%{reqbody_error_msg}',severity:2"
        SecRule MULTIPART_STRICT_ERROR "!@eq 0" "id:200003,phase:2,t:none,log,deny,status:400,msg:'Multipart request body failed strict validation.',severity:2"
        SecRule MULTIPART_UNMATCHED_BOUNDARY "@eq 1" "id:200004,phase:2,t:none,log,deny,status:400,msg:'Multipart parser detected a possible unmatched boundary.',severity:2"
        SecRule TX:/^MSC_/ "!@streq 0" "id:200005,phase:2,t:none,log,deny,status:400,msg:'A limit was reached: %{MATCHED_VAR_NAME}',severity:2"

        """#

    /// The settings that the Core Rule Set's own regression tests are written for: detection only, paranoia level
    /// 4, and the limits that the tests exceed. They stand between the set-up file and the rules.
    package static let regressionSettings =
        #"SecAction "id:900005,phase:1,nolog,pass,t:none,"#
        + "ctl:ruleEngine=DetectionOnly,ctl:ruleRemoveById=910000,setvar:tx.paranoia_level=4,"
        + "setvar:tx.blocking_paranoia_level=4,setvar:tx.detection_paranoia_level=4,"
        + "setvar:tx.crs_validate_utf8_encoding=1,setvar:tx.arg_name_length=100,setvar:tx.arg_length=400,"
        + "setvar:tx.total_arg_length=64000,setvar:tx.max_num_args=255,setvar:tx.max_file_size=64100,"
        + #"setvar:tx.combined_file_sizes=65535""#

    /// The engine's settings and a rule set as it is set up.
    package static func directives(for ruleSet: InstalledRuleSet) -> String {
        engine + ruleSet.directives()
    }

    /// The same for the rule set's regression tests.
    package static func regressionDirectives(for ruleSet: InstalledRuleSet) -> String {
        engine + ruleSet.directives(between: regressionSettings)
    }
}
