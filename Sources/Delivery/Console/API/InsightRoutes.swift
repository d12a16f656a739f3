// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Access
internal import Bytes
internal import DefenseModel
internal import HTTPTypes
internal import Incidents

/// The part of the API that tells what happened.
enum InsightRoutes {
    static let all: [Route] = detections + incidents + entities + decisions

    private static let detections: [Route] = [
        .operation(
            .get,
            "/detections",
            .granted(.see),
            id: "listDetections",
            "Detections, newest first.",
            tag: "Detections",
            query: Filters.detections + Cursors.fields,
            answers: .shape("DetectionPage")
        ) { exchange in
            let cursors = Cursors(exchange)
            let page = try await exchange.services.insight.detections(
                try Filters.detections(exchange.query),
                after: try cursors.place(),
                limit: cursors.limit
            )
            return .json(Shapes.detection.page(page.elements, next: cursors.seal(page.next)))
        },
        .operation(
            .get,
            "/detections/{id}",
            .granted(.see),
            id: "showDetection",
            "One detection with its rules.",
            tag: "Detections",
            answers: .shape("DetectionDetail")
        ) { exchange in
            guard let detail = try await exchange.services.insight.detection(try exchange.identifier()) else {
                throw Problem.notFound("detection of this identifier")
            }
            return .json(Shapes.detectionDetail.json(detail))
        },
    ]

    static let edit = [
        InputField("state", .choice(Incident.State.allCases.map(\.name)), "How far it is."),
        InputField("assignee", .text(maximum: IncidentEdit.longestAssignee), "Whose it is; - for nobody."),
        InputField("severity", .choice(Severity.allCases.map(\.rawValue)), "How bad it is."),
        InputField("title", .text(maximum: IncidentEdit.longestTitle), "What to call it; - for the computed title."),
        InputField("comment", .text(maximum: IncidentEdit.longestComment), "Kept with the change."),
    ]

    static func edit(_ input: Input) -> IncidentEdit {
        IncidentEdit(
            state: input["state"].flatMap { Incident.State(name: $0) },
            assignee: input["assignee"].map { $0 == "-" ? "" : $0 },
            severity: input["severity"].flatMap { Severity(rawValue: $0) },
            title: input["title"].map { $0 == "-" ? "" : $0 },
            comment: input["comment"]
        )
    }

    static let comment = [
        InputField("text", .text(maximum: IncidentEdit.longestComment), required: true, "The comment.")
    ]

    static func incident(_ exchange: Exchange) async throws -> Incident {
        guard let incident = try await exchange.services.insight.incident(try exchange.identifier()) else {
            throw Problem.notFound("incident of this identifier")
        }
        return incident
    }

    private static let incidents: [Route] = [
        .operation(
            .get,
            "/incidents",
            .granted(.see),
            id: "listIncidents",
            "Incidents, the latest first.",
            tag: "Incidents",
            query: Filters.incidents + Cursors.fields,
            answers: .shape("IncidentPage")
        ) { exchange in
            let cursors = Cursors(exchange)
            let page = try await exchange.services.insight.incidents(
                try Filters.incidents(exchange.query),
                after: try cursors.place(),
                limit: cursors.limit
            )
            return .json(Shapes.incident.page(page.elements, next: cursors.seal(page.next)))
        },
        .operation(
            .get,
            "/incidents/{id}",
            .granted(.see),
            id: "showIncident",
            "One incident.",
            tag: "Incidents",
            answers: .shape("Incident"),
            hasRevision: true
        ) { exchange in
            let incident = try await incident(exchange)
            return .json(Shapes.incident.json(incident), revision: incident.revision)
        },
        .operation(
            .get,
            "/incidents/{id}/acts",
            .granted(.see),
            id: "listIncidentActs",
            "What was done about an incident, oldest first.",
            tag: "Incidents",
            answers: .list(.shape("IncidentAct"))
        ) { exchange in
            let acts = try await exchange.services.insight.acts(ofIncident: try await incident(exchange).id)
            return .json(.array(acts.map(Shapes.incidentAct.json)))
        },
        .operation(
            .patch,
            "/incidents/{id}",
            .granted(.triage),
            id: "editIncident",
            "Changes an incident.",
            tag: "Incidents",
            body: edit,
            answers: .shape("Incident"),
            hasRevision: true
        ) { exchange in
            let incident = try await exchange.services.insight.edit(
                incident: try await incident(exchange).id,
                edit(exchange.body),
                by: try exchange.principal.name,
                expecting: try exchange.expectedRevision(),
                at: exchange.now
            )
            return .json(Shapes.incident.json(incident), revision: incident.revision)
        },
        .operation(
            .post,
            "/incidents/{id}/comments",
            .granted(.triage),
            id: "commentIncident",
            "Comments on an incident.",
            tag: "Incidents",
            body: comment,
            answers: nil
        ) { exchange in
            _ = try await exchange.services.insight.comment(
                onIncident: try await incident(exchange).id,
                exchange.body.text("text"),
                by: try exchange.principal.name,
                at: exchange.now
            )
            return Reply(.noContent)
        },
    ]

    private static let entities: [Route] = [
        .operation(
            .get,
            "/entities",
            .granted(.see),
            id: "listEntities",
            "Entities, the last seen first.",
            tag: "Entities",
            query: Filters.entities + Cursors.fields,
            answers: .shape("EntityPage")
        ) { exchange in
            let cursors = Cursors(exchange)
            let page = try await exchange.services.insight.entities(
                Filters.entities(exchange.query),
                after: try cursors.place(),
                limit: cursors.limit
            )
            return .json(Shapes.entity.page(page.elements, next: cursors.seal(page.next)))
        },
        .operation(
            .get,
            "/entities/{entity}",
            .granted(.see),
            id: "showEntity",
            "One entity.",
            tag: "Entities",
            answers: .shape("Entity")
        ) { exchange in
            let entity = try Entity(parsing: exchange.parameters["entity"] ?? "")
            guard let row = try await exchange.services.insight.entity(entity) else {
                throw Problem.notFound("detection that concerns this entity")
            }
            return .json(Shapes.entity.json(row))
        },
    ]

    private static let decisions: [Route] = [
        .operation(
            .get,
            "/decisions",
            .granted(.see),
            id: "listDecisions",
            "Decisions, newest first.",
            tag: "Decisions",
            query: Filters.decisions + Cursors.fields,
            answers: .shape("DecisionPage")
        ) { exchange in
            let cursors = Cursors(exchange)
            let page = try await exchange.services.insight.decisions(
                try Filters.decisions(exchange.query),
                after: try cursors.place(),
                limit: cursors.limit
            )
            return .json(Shapes.decision.page(page.elements, next: cursors.seal(page.next)))
        },
        .operation(
            .get,
            "/decisions/{id}",
            .granted(.see),
            id: "showDecision",
            "One decision.",
            tag: "Decisions",
            answers: .shape("Decision")
        ) { exchange in
            guard let decision = try await exchange.services.insight.decision(try exchange.identifier()) else {
                throw Problem.notFound("decision of this identifier")
            }
            return .json(Shapes.decision.json(decision))
        },
        .operation(
            .post,
            "/decisions/{id}/undo",
            .granted(.respond),
            id: "undoDecision",
            "Takes back what a decision has changed.",
            tag: "Decisions",
            body: [PolicyActions.reason],
            answers: .shape("Change"),
            status: 201
        ) { exchange in
            .json(PolicyShapes.change.json(try await PolicyActions.undo(exchange)), .created)
        },
    ]
}
