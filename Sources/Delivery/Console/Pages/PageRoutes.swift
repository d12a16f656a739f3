// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// All pages and what they post.
enum PageRoutes {
    static func make(events: EventRoutes, isSecure: Bool) -> [Route] {
        [OverviewPage.route, DetectionPages.list, DetectionPages.show, DecisionPages.list, HealthPage.route]
            + LivePages(events: events).all + IncidentPages.all + EntityPages.all + ApplicationPages.all + RulePages.all
            + VulnerabilityPages.all + JobPages.all + TransactionPage.all + OutputPages.all + UsagePages.all
            + EvidencePages.all
            + SettingsPages.all + PolicyForms.all + SignInPages(isSecure: isSecure).all
            + OpenIDPages(isSecure: isSecure).all
    }
}
