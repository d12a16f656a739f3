// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// Decision points of SSVC as far as a vector tells them, for vulnerabilities that nobody has assessed.
extension CVSSVector {
    /// Whether an attacker can automate the steps up to exploitation: over the network, at once, without an account and
    /// without anybody's help; version 4.0 has a metric of its own, which is taken where it is set.
    package var isAutomatable: Bool {
        switch version {
        case .v2: base(0) == 2 && base(1) == 2 && base(2) == 2
        case .v30, .v31: base(0) == 0 && base(1) == 0 && base(2) == 0 && base(3) == 0
        case .v4:
            switch optional(27) {
            case 1: false
            case 2: true
            default: base(0) == 0 && base(1) == 0 && base(2) == 0 && base(3) == 0 && base(4) == 0
            }
        }
    }

    /// Whether exploitation gives total control: all of confidentiality and integrity, or more than the weak component.
    package var hasTotalImpact: Bool {
        switch version {
        case .v2: base(3) == 2 && base(4) == 2
        case .v30, .v31: (base(5) == 0 && base(6) == 0) || base(4) == 1
        case .v4: (base(5) == 0 && base(6) == 0) || (base(8) == 0 && base(9) == 0)
        }
    }
}
