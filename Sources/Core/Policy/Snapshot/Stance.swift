// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import DefenseModel

/// How far a control may go with an activity, known before it looks at it.
package struct Stance: Sendable {
    package let mode: Mode
    /// Whether it may do something to the activity; else it only tells what it would have done.
    package let mayAct: Bool
    /// Whether single rules have modes of their own, so that ``mayAct`` is not the last word.
    package let hasRuleModes: Bool
    /// Whether there are exceptions that may hold for the activity.
    package let hasExceptions: Bool
    /// The canary that the activity's client is in or out of; nil where there is none.
    package let canary: Canary?

    package struct Canary: Sendable {
        /// Whose setting it is.
        package let setting: ModeSetting
        package let isInside: Bool
    }
}
