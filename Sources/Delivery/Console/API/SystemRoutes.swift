// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Access
internal import Bytes
internal import HTTPTypes

/// The document of the API, health, metrics and assets.
enum SystemRoutes {
    static func make(_ meters: ConsoleMeters, operations: [Route]) -> [Route] {
        let document = OpenAPI.document(operations).encoded
        return assets + health + [
            Route(.get, "/api/v1/openapi.json", .open, .plain) { _ in Reply(type: "application/json", document) },
            Route(.get, "/metrics", .granted(.see), .plain) { exchange in
                Reply(type: "text/plain; version=0.0.4; charset=utf-8", Array(await metrics(exchange, meters).utf8))
            },
        ]
    }

    private static func metrics(_ exchange: Exchange, _ meters: ConsoleMeters) async -> String {
        let own = [
            Metric(
                "redoubt_build_info",
                .gauge,
                "The version that runs.",
                [Metric.Sample(1, labels: ["version": exchange.services.version])]
            )
        ]
        return (own + meters.metrics + (await exchange.services.metrics())).map(\.text).joined()
    }

    private static let health: [Route] = [
        Route(.get, "/health/live", .open, .plain) { _ in .json(.object(["status": "live"])) },
        Route(.get, "/health/ready", .open, .plain) { exchange in
            let checks = await exchange.services.health()
            let isReady = !checks.contains { $0.isNeededToServe && $0.state == .failed }
            // Names and states only: who has not signed in is told no more.
            let body = JSONValue.object([
                "status": .text(isReady ? "ready" : "not_ready"),
                "checks": .object(
                    checks.map { JSONMember(name: Array($0.name.utf8), value: .text($0.state.rawValue)) }
                ),
            ])
            var reply = Reply.json(body, isReady ? .ok : .serviceUnavailable)
            if !isReady { reply.headers[.retryAfter] = "5" }
            return reply
        },
    ]

    private static let assets: [Route] = Asset.all.map { asset in
        Route(.get, asset.path, .open, .plain) { exchange in
            var reply = Reply()
            reply.headers[.eTag] = asset.tag
            reply.headers[.cacheControl] = "public, max-age=31536000, immutable"
            reply.headers[.vary] = "Accept-Encoding"
            if exchange.request.headers[.ifNoneMatch] == asset.tag {
                reply.status = .notModified
                return reply
            }
            reply.headers[.contentType] = asset.contentType
            let takesGzip = exchange.request.headers[.acceptEncoding]?.contains("gzip") == true
            if takesGzip, !asset.compressed.isEmpty {
                reply.headers[.contentEncoding] = "gzip"
                reply.body = .bytes(asset.compressed)
            } else {
                reply.body = .bytes(asset.bytes)
            }
            return reply
        }
    }
}

/// The document of the API (https://spec.openapis.org/oas/v3.1.1), made from the table by which the server answers.
enum OpenAPI {
    static func document(_ routes: [Route]) -> JSONValue {
        var paths: [(path: String, methods: [JSONMember])] = []
        for route in routes {
            guard case .operation(let operation) = route.kind else { continue }
            let member = JSONMember(
                name: Array(route.method.rawValue.lowercased().utf8),
                value: describe(route, operation)
            )
            if let index = paths.firstIndex(where: { $0.path == route.path }) {
                paths[index].methods.append(member)
            } else {
                paths.append((route.path, [member]))
            }
        }
        let shapes = Shapes.all + EventRoutes.shapes + [problem]
        return .object([
            "openapi": "3.1.0",
            "info": .object(["title": "Redoubt", "version": "1", "license": .object(["name": "Apache-2.0"])]),
            "paths": .object(paths.map { JSONMember(name: Array($0.path.utf8), value: .object($0.methods)) }),
            "components": .object([
                "schemas": .object(shapes.map { JSONMember(name: Array($0.name.utf8), value: $0.json) }),
                "securitySchemes": .object([
                    "token": .object(["type": "http", "scheme": "bearer"]),
                    "session": .object(["type": "apiKey", "in": "cookie", "name": "redoubt"]),
                ]),
            ]),
            "security": .array([.object(["token": .array([])]), .object(["session": .array([])])]),
        ])
    }

    private static let problem = DescribedShape(
        name: "Problem",
        json: .object([
            "type": "object", "required": .array(["type", "title", "status", "code", "detail"].map { .text($0) }),
            "properties": .object([
                "type": Schema.text().json, "title": Schema.text().json, "status": Schema.integer.json,
                "code": Schema.text().json, "detail": Schema.text().json, "instance": Schema.text().json,
                "member": Schema.text().json,
            ]),
        ])
    )

    private static func describe(_ route: Route, _ operation: Operation) -> JSONValue {
        var parameters = route.parameterNames.map { name -> JSONValue in
            .object([
                "name": .text(name), "in": "path", "required": .bool(true),
                "schema":
                    (name == "id" && !route.path.contains("/tokens/") && !route.path.contains("/rules/")
                    ? Schema.identifier : name == "index" ? Schema.integer : Schema.text()).json,
            ])
        }
        parameters += route.query.map { field in
            .object([
                "name": .text(field.name), "in": "query", "required": .bool(field.isRequired), "schema": field.schema,
            ])
        }
        if operation.hasRevision, route.changesSomething {
            parameters.append(
                header("If-Match", "The ETag that was read; another one is answered by 412.", lengths: nil)
            )
        }
        if route.method == .post {
            parameters.append(header("Idempotency-Key", "Sent again, it is not done again.", lengths: 1...128))
        }
        return .object(
            [
                "operationId": .text(operation.id), "summary": .text(operation.summary),
                "description": .text("Needs: \(route.access)."),
                "tags": .array([.text(operation.tag)]), "parameters": .array(parameters),
                "responses": answers(operation),
            ],
            route.upload != nil
                ? ("requestBody", report(route)) : route.body.map { ("requestBody", body($0)) }
        )
    }

    private static func header(_ name: String, _ about: String, lengths: ClosedRange<Int>?) -> JSONValue {
        .object([
            "name": .text(name), "in": "header", "required": .bool(false), "description": .text(about),
            "schema": .object(
                ["type": "string"],
                lengths.map { ("minLength", .integer($0.lowerBound)) },
                lengths.map { ("maxLength", .integer($0.upperBound)) }
            ),
        ])
    }

    private static func body(_ fields: [InputField]) -> JSONValue {
        let properties = fields.map { JSONMember(name: Array($0.name.utf8), value: $0.schema) }
        let required = fields.filter(\.isRequired).map { JSONValue.text($0.name) }
        return .object([
            "required": .bool(!required.isEmpty),
            "content": .object([
                MediaTypes.json: .object([
                    "schema": .object([
                        "type": "object", "additionalProperties": .bool(false), "properties": .object(properties),
                        "required": .array(required),
                    ])
                ])
            ]),
        ])
    }

    /// A report as the body, or as the file of a form.
    private static func report(_ route: Route) -> JSONValue {
        let fields = route.body ?? []
        let file = JSONValue.object(["type": "string", "format": "binary"])
        let properties =
            fields.map { JSONMember(name: Array($0.name.utf8), value: $0.schema) }
            + [JSONMember(name: Array("file".utf8), value: file)]
        let required = fields.filter(\.isRequired).map { JSONValue.text($0.name) } + [.text("file")]
        let form = JSONValue.object([
            "schema": .object([
                "type": "object", "properties": .object(properties), "required": .array(required),
            ])
        ])
        let raw = JSONMember(name: Array("application/octet-stream".utf8), value: .object(["schema": file]))
        let members = [JSONMember(name: Array("multipart/form-data".utf8), value: form)]
        return .object([
            "required": .bool(true),
            "content": .object(route.query.isEmpty ? members : members + [raw]),
        ])
    }

    private static func answers(_ operation: Operation) -> JSONValue {
        var members = operation.answers.map { answer -> JSONMember in
            let content = answer.schema.map { schema in
                JSONValue.object([
                    JSONMember(
                        name: Array(answer.type.prefix { $0 != ";" }.utf8),
                        value: .object(["schema": schema.json])
                    )
                ])
            }
            return JSONMember(
                name: Array(String(answer.status).utf8),
                value: .object(["description": .text(answer.about)], content.map { ("content", $0) })
            )
        }
        for status in ["4XX", "5XX"] {
            members.append(
                JSONMember(
                    name: Array(status.utf8),
                    value: .object([
                        "description": "A problem (RFC 9457).",
                        "content": .object([
                            "application/problem+json": .object(["schema": Schema.shape("Problem").json])
                        ]),
                    ])
                )
            )
        }
        return .object(members)
    }
}
