// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import DefenseModel

/// The setting that a mode comes from.
///
/// An object, so that an answer refers to it without copying what it holds.
package final class ModeOrigin: Sendable {
    /// nil where nothing was set.
    package let setting: ModeSetting?
    package let mode: Mode
    let expires: Int64
    /// Tells the canaries of different scopes apart.
    let salt: UInt64

    /// What holds where nothing was set: everything starts in `observe`.
    package static let standard = ModeOrigin()

    private init() {
        setting = nil
        mode = .observe
        expires = .max
        salt = 0
    }

    /// What the configuration says about a place: it holds where the policy has nothing set.
    ///
    /// - Parameter time: since when, in nanoseconds since 1970.
    package init(configured mode: Mode, for scope: Scope, at time: Int64) {
        setting = ModeSetting(
            scope,
            mode,
            by: Authorship("configuration", because: "set in the configuration", at: time)
        )
        self.mode = mode
        expires = .max
        salt = 0
    }

    init(_ setting: ModeSetting, key: HashKey) {
        self.setting = setting
        mode = setting.mode
        expires = setting.expires ?? .max
        var hash = SipHash(key)
        salt = hash.finish(setting.scope.description.utf8)
    }

    func isActive(at time: Int64) -> Bool { expires > time }
}

/// The mode that holds for an activity, and where it comes from.
package struct ResolvedMode: Sendable {
    /// Why the mode is not that of the setting.
    package enum Cap: Sendable {
        case stoodDown, stoodBack, outsideCanary
    }

    package let mode: Mode
    package let origin: ModeOrigin
    package let cap: Cap?

    /// The scope that set the mode; nil where nothing was set.
    package var scope: Scope? { origin.setting?.scope }
}
