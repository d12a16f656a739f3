// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Bytes
internal import DefenseModel
internal import EventBus
internal import Policy
internal import SecLang

/// One exchange as a line of OCSF 1.6.0 JSON (class HTTP Activity, 4002, with the profile Security Control;
/// https://schema.ocsf.io/1.6.0).
///
/// What people type in is left out: of a query and a body nothing is kept, of a match what it was about (`ARGS:comment`) and
/// the bare form of what was there, see ``MatchSketch``. What has no attribute in OCSF stands in `unmapped`.
struct TransactionEvent {
    /// Session, user and device, as far as they are told.
    var entities: [Entity] = []
    var application: String?
    /// What the client was answered; 0 where it got no answer.
    var status: Int
    /// Why the gateway itself refused the request.
    var refusal: HTTPRefusal?
    var record: TransactionRecord
    var matches: [RuleMatch]
    /// What ended the exchange.
    var intervention: Intervention?
    /// What would have ended it in `enforce`.
    var would: Intervention?
    /// What the policy made of it; nil where there was nothing to decide.
    var decided: (ruling: Ruling, identifier: Identifier)?

    /// Longer texts are cut there: nobody may fill the store with a header.
    private static let longestText = 512
    private static let mostMatches = 32

    /// That of the worst match; what ends an exchange is of medium severity at least.
    var severity: EventSeverity {
        let least: EventSeverity = decided != nil ? .medium : refusal != nil ? .low : .info
        // What only adds up what others found is no worse than that.
        return matches.filter { !$0.variable.starts(with: "TX:".utf8) }.reduce(least) {
            max($0, Self.severity($1.severity))
        }
    }

    /// ModSecurity's emergency and alert are critical. Its critical is what the Core Rule Set gives to every likely attack.
    private static func severity(_ severity: Int?) -> EventSeverity {
        switch severity {
        case .none: .info
        case 0, 1: .critical
        case 2: .high
        case 3: .medium
        case 4: .low
        default: .info
        }
    }

    /// What became of it, for the column of dispositions: OCSF's `disposition_id`.
    var disposition: UInt8 {
        if let intervention { return intervention.kind == .drop ? 6 : 2 }
        if refusal != nil || decided?.ruling.disposition.isAct == true { return 2 }
        return decided != nil ? 15 : matches.isEmpty ? 1 : 17
    }

    /// OCSF's `action_id`: allowed, denied, observed.
    private var action: Int {
        switch disposition {
        case 2, 6: 2
        case 1: 1
        default: 3
        }
    }

    func append(to json: inout JSONWriter) {
        let activity = activity
        json.beginObject()
        number("activity_id", activity, &json)
        number("category_uid", 4, &json)
        number("class_uid", 4002, &json)
        number("type_uid", 400_200 + activity, &json)
        number("time", Int(record.startTime / 1_000_000), &json)
        number("severity_id", Int(severity.rawValue), &json)
        number("action_id", action, &json)
        number("disposition_id", Int(disposition), &json)
        appendMetadata(to: &json)
        endpoint("src_endpoint", record.connection.clientAddress, record.connection.clientPort, &json)
        endpoint("dst_endpoint", record.connection.serverAddress, record.connection.serverPort, &json)
        if let application {
            json.key("app_name")
            json.string(application)
        }
        if let request = record.request { append(request, to: &json) }
        json.key("http_response")
        json.beginObject()
        number("code", status, &json)
        json.endObject()
        appendRules(to: &json)
        json.endObject()
    }

    private func appendMetadata(to json: inout JSONWriter) {
        json.key("metadata")
        json.beginObject()
        json.key("product")
        json.raw(Self.product)
        json.key("profiles")
        json.raw(Self.profiles)
        json.key("version")
        json.string("1.6.0")
        json.key("uid")
        json.string(record.identifier)
        json.endObject()
    }

    private static let product = Array(#"{"name":"Redoubt","vendor_name":"Redoubt"}"#.utf8)
    private static let profiles = Array(#"["security_control"]"#.utf8)

    private func append(_ request: HTTPRequestHead, to json: inout JSONWriter) {
        json.key("http_request")
        json.beginObject()
        // OCSF knows these and no others; what else somebody sends stands in `unmapped`.
        if activity != 99 {
            json.key("http_method")
            text(request.bytes[request.method.bounds], &json)
        }
        json.key("version")
        text(request.bytes[request.version.bounds], &json)
        var host: ByteRange?
        var agent: ByteRange?
        var type: ByteRange?
        for field in request.fields {
            switch field.name.bounds.count {
            case 4 where host == nil && Self.isName(request, field.name, "host"): host = field.value
            case 10 where agent == nil && Self.isName(request, field.name, "user-agent"): agent = field.value
            case 12 where type == nil && Self.isName(request, field.name, "content-type"): type = field.value
            default: break
            }
        }
        json.key("url")
        json.beginObject()
        if let host {
            json.key("hostname")
            text(request.bytes[host.bounds], &json)
        }
        json.key("path")
        text(record.decodedPath[...], &json)
        json.endObject()
        if let agent {
            json.key("user_agent")
            text(request.bytes[agent.bounds], &json)
        }
        if let type {
            appendContentType(request.bytes[type.bounds], &json)
        }
        json.endObject()
    }

    private func appendContentType(_ type: ArraySlice<UInt8>, _ json: inout JSONWriter) {
        json.key("http_headers")
        json.beginArray()
        json.beginObject()
        json.key("name")
        json.string("Content-Type")
        json.key("value")
        text(type, &json)
        json.endObject()
        json.endArray()
    }

    private func appendRules(to json: inout JSONWriter) {
        let oddMethod = activity == 99 ? record.request : nil
        let hasFindings = !matches.isEmpty || refusal != nil || decided != nil
        guard hasFindings || oddMethod != nil || !entities.isEmpty else { return }
        json.key("unmapped")
        json.beginObject()
        if let oddMethod {
            json.key("http_method")
            text(oddMethod.bytes[oddMethod.method.bounds], &json)
        }
        if !entities.isEmpty {
            json.key("entities")
            json.strings(entities.map(\.description))
        }
        if hasFindings { appendFindings(to: &json) }
        json.endObject()
    }

    private func appendFindings(to json: inout JSONWriter) {
        if let refusal {
            json.key("refusal")
            json.string(refusal.reason)
        }
        if let decided = intervention ?? would {
            number(intervention == nil ? "would_block_by" : "blocked_by", decided.rule, &json)
        }
        if let decided { append(decided.ruling, decided.identifier, to: &json) }
        json.key("rules")
        json.beginArray()
        for match in matches.prefix(Self.mostMatches) {
            json.beginObject()
            number("uid", match.rule, &json)
            json.key("desc")
            text(match.message[...], &json)
            json.key("target")
            text(match.variable[...], &json)
            number("severity_id", Int(Self.severity(match.severity).rawValue), &json)
            append(AttackKind(tags: match.tags), to: &json)
            if let sketch = MatchSketch(match) {
                json.key("evidence")
                sketch.bytes.withUnsafeBufferPointer { json.string($0) }
            }
            json.endObject()
        }
        json.endArray()
        if matches.count > Self.mostMatches { number("more_rules", matches.count - Self.mostMatches, &json) }
    }

    private func append(_ ruling: Ruling, _ identifier: Identifier, to json: inout JSONWriter) {
        json.key("control")
        json.string(ruling.control.rawValue)
        json.key("reason")
        json.string(ruling.reason.rawValue)
        if let scope = ruling.mode.scope {
            json.key("scope")
            json.string(scope.description)
        }
        number("revision", ruling.revision, &json)
        json.key("decision")
        json.string(identifier.description)
        if ruling.control != .webFirewall {
            json.key("message")
            text(Array(ruling.message.utf8)[...], &json)
        }
    }

    private func append(_ kind: AttackKind?, to json: inout JSONWriter) {
        guard let kind else { return }
        json.key("kind")
        json.string(kind.rawValue)
        json.key("technique")
        json.string(kind.technique)
    }

    // MARK: Parts

    private func number(_ key: String, _ value: Int, _ json: inout JSONWriter) {
        json.key(key)
        json.number(value)
    }

    private func endpoint(_ key: String, _ address: String, _ port: Int, _ json: inout JSONWriter) {
        // What has no address, such as a local socket, is no endpoint of a network.
        guard !address.isEmpty else { return }
        json.key(key)
        json.beginObject()
        json.key("ip")
        json.string(address)
        number("port", port, &json)
        json.endObject()
    }

    private func text(_ bytes: ArraySlice<UInt8>, _ json: inout JSONWriter) {
        bytes.prefix(Self.longestText).withUnsafeBufferPointer { json.string($0) }
    }

    private static func isName(_ request: HTTPRequestHead, _ range: ByteRange, _ name: StaticString) -> Bool {
        name.withUTF8Buffer { name in
            zip(request.bytes[range.bounds], name).allSatisfy { $0 | 0x20 == $1 }
        }
    }

    private var activity: Int {
        record.request.map { Self.activity($0.bytes[$0.method.bounds]) } ?? 0
    }

    /// OCSF's numbers of HTTP methods; 99 for others.
    private static func activity(_ method: ArraySlice<UInt8>) -> Int {
        for (name, number) in activities where method.elementsEqual(name) { return number }
        return method.isEmpty ? 0 : 99
    }

    private static let activities: [([UInt8], Int)] = [
        ("GET", 3), ("POST", 6), ("HEAD", 4), ("PUT", 7), ("DELETE", 2), ("OPTIONS", 5), ("PATCH", 9), ("CONNECT", 1),
        ("TRACE", 8),
    ].map { (Array($0.0.utf8), $0.1) }
}
