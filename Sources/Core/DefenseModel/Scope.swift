// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// What a setting of a control is about: the whole installation or a part of it, and all rules or one.
///
/// As text, which people type:
///
/// | text | about |
/// | --- | --- |
/// | `waf` | the whole installation |
/// | `waf/app:shop` | an application |
/// | `waf/route:/login` | a route in any application |
/// | `waf/app:shop/route:POST /login` | a route of an application |
/// | `containers/namespace:prod/workload:api` | a workload |
/// | `waf/app:shop/rule:942100` | a rule, there |
///
/// Of two scopes that hold for the same thing the narrower wins: one with a rule before one without, then a route or
/// workload before an application or namespace, then that before the installation.
package struct Scope: TextForm {
    /// A part of the installation.
    package enum Place: Hashable, Sendable {
        case installation
        case application(String)
        /// - Parameter application: nil for any.
        case route(application: String?, RoutePattern)
        case namespace(String)
        /// - Parameter namespace: nil for any.
        case workload(namespace: String?, String)
    }

    package let control: ControlID
    package let place: Place
    /// nil for all rules.
    package let rule: RuleID?

    package init(_ control: ControlID, _ place: Place = .installation, rule: RuleID? = nil) {
        self.control = control
        self.place = place
        self.rule = rule
    }

    package init(parsing text: String) throws(ModelError) {
        var reader = ScopeReader(text)
        self = try reader.read()
    }

    package var description: String {
        let place = self.place.description
        return control.rawValue + (place.isEmpty ? "" : "/" + place) + (rule.map { "/rule:\($0)" } ?? "")
    }

    /// How narrow it is; of two scopes that hold, the greater wins.
    package var narrowness: Int {
        let places =
            switch place {
            case .installation: 0
            case .application, .namespace: 1
            case .route(nil, _), .workload(nil, _): 2
            case .route(_?, _), .workload(_?, _): 3
            }
        return places + (rule == nil ? 0 : 4)
    }
}

extension Scope.Place: TextForm {
    /// Reads what stands behind the control in a scope; an empty text is the whole installation.
    package init(parsing text: String) throws(ModelError) {
        guard !text.isEmpty else {
            self = .installation
            return
        }
        var reader = ScopeReader(text)
        self = try reader.readPlace()
    }

    /// As in a scope, without a slash before it; empty for the whole installation.
    package var description: String {
        switch self {
        case .installation: ""
        case .application(let name): "app:\(name)"
        case .route(nil, let pattern): "route:\(pattern)"
        case .route(let application?, let pattern): "app:\(application)/route:\(pattern)"
        case .namespace(let name): "namespace:\(name)"
        case .workload(nil, let name): "workload:\(name)"
        case .workload(let namespace?, let name): "namespace:\(namespace)/workload:\(name)"
        }
    }
}
