// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// All routes of the console. The server, the document of the API and the tests of who may do what are made from it.
enum RouteTable {
    static func make(_ pipeline: ConsolePipeline) -> [Route] {
        let events = EventRoutes(meters: pipeline.meters, deadline: pipeline.settings.searchDeadline)
        let operations =
            events.all + InsightRoutes.all + PolicyRoutes.all + EvidenceRoutes.all + AccessRoutes.all
            + OutputRoutes.all + JobRoutes.all + FindingRoutes.all + ComponentRoutes.all + DefectDojoRoutes.all
            + TriageRoutes.all + ProjectRoutes.all + PatchRoutes.all + SavedViewRoutes.all
        return operations + SystemRoutes.make(pipeline.meters, operations: operations)
            + PageRoutes.make(events: events, isSecure: pipeline.settings.isSecure)
    }
}
