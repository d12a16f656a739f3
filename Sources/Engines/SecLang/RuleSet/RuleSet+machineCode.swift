// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Matching

extension RuleSet {
    /// Compiles all regular expressions to machine code at once, some tenths of a second for the Core Rule Set. Else each
    /// is when it is first looked for, which is best where a scanner rules most of them out; without one the first
    /// transaction would have to wait for them all.
    package func compileToMachineCode() {
        for starter in rules {
            var link: Rule? = starter
            while let rule = link {
                switch rule.op {
                case .regex(let regex), .regexGlobal(let regex), .identifier(_, let regex): regex.compileToMachineCode()
                default: break
                }
                link = rule.next
            }
        }
    }
}
