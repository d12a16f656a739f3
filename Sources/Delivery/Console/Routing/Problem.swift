// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Access
internal import Bytes
internal import DefenseModel
internal import Evidence
internal import HTTPTypes
internal import Incidents
internal import Policy
internal import ReportFormats
internal import Storage
internal import VulnerabilityManagement

/// Why a request is refused, as RFC 9457 has it.
struct Problem: Error {
    var status: HTTPResponse.Status
    /// A word for programs; bounded, and part of the API.
    var code: String
    /// What was wrong and what to do, for people.
    var detail: String
    /// Of what was sent, the member that is wrong.
    var member: String?
    var retryAfterSeconds: Int?
    /// The methods that there are, of a 405.
    var allow: [String] = []
    /// Where people can go on from its page; the overview where there is nothing better.
    var wayOn = (title: "To the overview", path: "/")

    init(_ status: HTTPResponse.Status, _ code: String, _ detail: String, member: String? = nil) {
        self.status = status
        self.code = code
        self.detail = detail
        self.member = member
    }

    static func notFound(_ what: String) -> Problem {
        Problem(.notFound, "not_found", "There is no \(what).")
    }

    /// Where there is no list of findings.
    static let withoutFindings = Problem(.notFound, "not_found", "This server keeps no list of findings.")

    static func badRequest(_ detail: String) -> Problem {
        Problem(.badRequest, "bad_request", detail)
    }

    static func invalid(_ detail: String, member: String? = nil) -> Problem {
        Problem(.unprocessableContent, "invalid", detail, member: member)
    }

    static func busy(_ detail: String, seconds: Int) -> Problem {
        var problem = Problem(.tooManyRequests, "busy", detail)
        problem.retryAfterSeconds = max(1, seconds)
        return problem
    }

    /// `application/problem+json`.
    func json(requestID: String) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.key("type")
        json.string("about:blank")
        json.key("title")
        json.string(status.reasonPhrase)
        json.key("status")
        json.number(status.code)
        json.key("code")
        json.string(code)
        json.key("detail")
        json.string(detail)
        json.key("instance")
        json.string("urn:redoubt:request:\(requestID)")
        if let member {
            json.key("member")
            json.string(member)
        }
        json.endObject()
        return json.bytes
    }
}

extension Problem {
    /// What an error of the stores means to who asked; nil for a fault of ours.
    init?(_ error: any Error) {
        switch error {
        case let problem as Problem: self = problem
        case let error as PolicyError: self.init(error)
        case let error as AccessError: self.init(error)
        case let error as ModelError: self.init(.unprocessableContent, "invalid", error.message)
        case let error as InsightError:
            guard let problem = Problem(insight: error) else { return nil }
            self = problem
        case let error as StorageError:
            guard let problem = Problem(storage: error) else { return nil }
            self = problem
        case let error as EvidenceError: self.init(error)
        case let error as OutputFailure: self.init(output: error)
        case let error as ReportError:
            let status: HTTPResponse.Status = error.code == .tooLarge ? .contentTooLarge : .unprocessableContent
            self.init(status, "bad_report", error.description, member: "file")
        case let error as TriageError: self.init(error)
        case let error as FindingFilterError: self = .invalid("filter, \(error.description)", member: "filter")
        case let error as SavedViewError: self.init(error)
        case let error as FindingActs.Refusal: self.init(.unprocessableContent, "invalid", error.message)
        default: return nil
        }
    }

    private init(_ error: PolicyError) {
        let status: HTTPResponse.Status =
            switch error.code {
            case .conflict: .preconditionFailed
            case .notFound: .notFound
            case .duplicate, .full: .conflict
            case .incomplete, .badExpiry, .outOfRange, .tooWide, .senseless: .unprocessableContent
            }
        self.init(status, error.code.rawValue, error.message)
    }

    private init(_ error: AccessError) {
        let status: HTTPResponse.Status =
            switch error.code {
            case .notAuthenticated, .badLink: .unauthorized
            case .denied: .forbidden
            case .wait, .busy: .tooManyRequests
            case .invalid: .unprocessableContent
            case .exists, .lastAdministrator: .conflict
            case .notFound: .notFound
            case .conflict: .preconditionFailed
            case .unrecorded, .storage: .serviceUnavailable
            case .provider: .badGateway
            }
        self.init(status, error.code.rawValue, error.message)
        retryAfterSeconds = error.waitSeconds ?? (status == .tooManyRequests || status == .serviceUnavailable ? 5 : nil)
    }

    private init(_ error: TriageError) {
        switch error.code {
        case .unknown: self.init(.notFound, "not_found", error.message)
        case .exists: self.init(.conflict, "exists", error.message)
        case .commentMissing: self.init(.unprocessableContent, "invalid", error.message, member: "reason")
        case .badAct, .tooMany: self.init(.unprocessableContent, "invalid", error.message)
        }
    }

    init(_ error: SavedViewError) {
        switch error.code {
        case .badName: self = .invalid(error.message, member: "name")
        case .badFilter: self = .invalid(error.message, member: "filter")
        case .tooMany: self.init(.conflict, "full", error.message)
        }
    }

    private init?(storage error: StorageError) {
        switch error.code {
        case .badCursor: self.init(.badRequest, "bad_cursor", error.message)
        case .badQuery: self.init(.badRequest, "bad_query", error.message)
        default: return nil
        }
    }

    private init?(insight error: InsightError) {
        switch error.code {
        case .notFound: self.init(.notFound, "not_found", error.message)
        case .revisionMismatch: self.init(.preconditionFailed, "conflict", error.message)
        case .badValue: self.init(.unprocessableContent, "invalid", error.message)
        case .storage:
            guard let cause = error.cause, let problem = Problem(storage: cause) else { return nil }
            self = problem
        }
    }

    private init(_ error: EvidenceError) {
        self.init(.serviceUnavailable, "evidence", error.message)
        retryAfterSeconds = 5
    }
}
