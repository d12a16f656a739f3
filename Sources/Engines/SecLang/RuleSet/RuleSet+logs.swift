// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

extension RuleSet {
    /// Whether a rule may turn the audit log on that the settings leave off.
    public var changesAuditEngine: Bool {
        hasControl { control in
            if case .auditEngine = control {
                return true
            }
            return false
        }
    }

    /// Whether a rule may ask for debug messages that the settings do not ask for.
    public var changesDebugLogLevel: Bool {
        hasControl { control in
            if case .debugLogLevel = control {
                return true
            }
            return false
        }
    }

    private func hasControl(_ isMeant: (Control) -> Bool) -> Bool {
        rules.contains { starter in
            var link: Rule? = starter
            while let rule = link {
                if rule.actions.controls.contains(where: isMeant) {
                    return true
                }
                link = rule.next
            }
            return false
        }
    }
}
