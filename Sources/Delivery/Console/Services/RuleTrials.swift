// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

package import DefenseModel
package import Policy

/// What can be tried on the transactions that were kept whole; the executable fills it in. All of it takes its time and
/// waits for files, so it is called where that does no harm.
package struct RuleTrials: Sendable {
    /// Is told what share is done; returns false to end.
    package typealias Progress = @Sendable (Double) -> Bool

    /// Nil where it was told to end.
    package var exceptions: @Sendable (TrialOrder, @escaping Progress) throws -> ExceptionProposal?
    package var defaults: @Sendable (TrialOrder, @escaping Progress) throws -> DefaultsProposal?
    package var comparison: @Sendable (TrialOrder, TrialRules, @escaping Progress) throws -> RulesComparison?
    /// What rules say of one transaction; nil where it is not kept, or not any more.
    package var explain: @Sendable (_ transaction: String, _ around: Int64?) throws -> ExplainedTransaction?

    package init(
        exceptions: @escaping @Sendable (TrialOrder, @escaping Progress) throws -> ExceptionProposal?,
        defaults: @escaping @Sendable (TrialOrder, @escaping Progress) throws -> DefaultsProposal?,
        comparison: @escaping @Sendable (TrialOrder, TrialRules, @escaping Progress) throws -> RulesComparison?,
        explain: @escaping @Sendable (String, Int64?) throws -> ExplainedTransaction?
    ) {
        self.exceptions = exceptions
        self.defaults = defaults
        self.comparison = comparison
        self.explain = explain
    }
}

/// Which of the kept transactions something is about.
package struct TrialOrder: Sendable {
    package var scope: Scope
    /// Nanoseconds since 1970.
    package var since: Int64
    package var until: Int64
    /// Only those in which this rule matched should pass; nil for all.
    package var rule: RuleID?
    /// Those that should pass; empty for those that look benign.
    package var transactions: [String] = []

    package init(_ scope: Scope, since: Int64, until: Int64, rule: RuleID? = nil, transactions: [String] = []) {
        self.scope = scope
        self.since = since
        self.until = until
        self.rule = rule
        self.transactions = transactions
    }
}

/// Rules as they would be: files of this machine, or a text.
package struct TrialRules: Sendable {
    /// Paths of rule files, in order.
    package var files: [String] = []
    package var text: String?

    package init(files: [String] = [], text: String? = nil) {
        self.files = files
        self.text = text
    }
}

/// A transaction as lists show it.
package struct TransactionSample: Sendable {
    package var transaction: String
    /// Nanoseconds since 1970.
    package var time: Int64
    package var client: String
    package var application: String?
    package var method: String
    /// Without the query.
    package var path: String
    package var status: Int
    /// The rules that matched.
    package var rules: [String]

    package init(
        transaction: String,
        time: Int64,
        client: String,
        application: String?,
        method: String,
        path: String,
        status: Int,
        rules: [String]
    ) {
        self.transaction = transaction
        self.time = time
        self.client = client
        self.application = application
        self.method = method
        self.path = path
        self.status = status
        self.rules = rules
    }
}

/// The fewest exceptions that let given transactions pass, and what else they would let pass.
package struct ExceptionProposal: Sendable {
    package struct Draft: Sendable, Hashable {
        package var rules: RuleSelector
        package var target: TargetSelector?
        package var place: Scope.Place
        /// Only of bodies of this type.
        package var contentType: MediaType?
        /// What the rule says.
        package var message: String
        /// How many of those that should pass the rule would stop.
        package var needs: Int

        package init(
            rules: RuleSelector,
            target: TargetSelector?,
            place: Scope.Place,
            contentType: MediaType? = nil,
            message: String = "",
            needs: Int = 0
        ) {
            self.rules = rules
            self.target = target
            self.place = place
            self.contentType = contentType
            self.message = message
            self.needs = needs
        }
    }

    package var drafts: [Draft] = []
    /// The kept transactions of the scope.
    package var looked = 0
    /// Those of them that rules ended, or would have.
    package var ended = 0
    /// Those that should pass and that rules would end today.
    package var wanted = 0
    /// Of the wanted, those that would still be ended.
    package var stillEnded = 0
    /// The others that the exceptions could touch.
    package var others = 0
    /// Of the others, how many would pass.
    package var alsoPassingCount = 0
    package var alsoPassing: [TransactionSample] = []
    package var examples: [TransactionSample] = []
    /// Those that nobody has looked at, as there were too many.
    package var skipped = 0
    package var withoutRules = 0
    package var damaged = 0

    package init() {}
}

/// What an application takes and rules refuse by a list.
package struct DefaultsProposal: Sendable {
    package struct Finding: Sendable, Hashable {
        /// `content type`
        package var subject: String
        /// `text/csv`
        package var value: String
        package var application: String?
        /// Where it was seen, the most frequent first; not all of very many.
        package var routes: [String]
        package var count: Int
        package var clients: Int
        package var answered: Int
        /// The list of the Core Rule Set that it is missing in.
        package var list: String
        /// What lets it pass.
        package var draft: ExceptionProposal.Draft

        package init(
            subject: String,
            value: String,
            application: String?,
            routes: [String],
            count: Int,
            clients: Int,
            answered: Int,
            list: String,
            draft: ExceptionProposal.Draft
        ) {
            self.subject = subject
            self.value = value
            self.application = application
            self.routes = routes
            self.count = count
            self.clients = clients
            self.answered = answered
            self.list = list
            self.draft = draft
        }
    }

    package var findings: [Finding]

    package init(_ findings: [Finding]) {
        self.findings = findings
    }
}

/// What changed rules would do differently.
package struct RulesComparison: Sendable {
    package struct Part: Sendable, Hashable {
        package var name: String
        package var note: String?
        package var more: Int
        package var fewer: Int

        package init(name: String, note: String? = nil, more: Int, fewer: Int) {
            self.name = name
            self.note = note
            self.more = more
            self.fewer = fewer
        }
    }

    package var replayed = 0
    /// Those among them that meet none of the rules that differ, and so are decided as they were.
    package var untouched = 0
    package var seconds = 0.0
    package var stoppedToday = 0
    package var stoppedThen = 0
    package var more = 0
    package var fewer = 0
    /// Those that the rules of today decide otherwise than when they were kept.
    package var drifted = 0
    package var byRule: [Part] = []
    package var byRoute: [Part] = []
    package var moreExamples: [TransactionSample] = []
    package var fewerExamples: [TransactionSample] = []
    package var withoutRules = 0
    package var damaged = 0

    package init() {}
}

/// A text in which secrets and what people typed are masked, in stretches.
package struct ShownText: Sendable, Hashable {
    package struct Piece: Sendable, Hashable {
        package var text: String
        /// Whether a rule matched it.
        package var isMarked: Bool

        package init(_ text: String, isMarked: Bool) {
            self.text = text
            self.isMarked = isMarked
        }
    }

    package var pieces: [Piece]
    /// Whether there is more than is shown.
    package var isCut: Bool

    package init(_ pieces: [Piece], isCut: Bool) {
        self.pieces = pieces
        self.isCut = isCut
    }

    var text: String { pieces.map(\.text).joined() }
}

/// A kept transaction and what rules say of it today.
package struct ExplainedTransaction: Sendable {
    package struct Match: Sendable {
        package var rule: String
        package var message: String
        package var target: String
        package var value: ShownText
        package var transformations: [String]
        package var condition: String
        package var file: String
        package var line: Int
        package var decides: Bool

        package init(
            rule: String,
            message: String,
            target: String,
            value: ShownText,
            transformations: [String],
            condition: String,
            file: String,
            line: Int,
            decides: Bool
        ) {
            self.rule = rule
            self.message = message
            self.target = target
            self.value = value
            self.transformations = transformations
            self.condition = condition
            self.file = file
            self.line = line
            self.decides = decides
        }
    }

    package struct Field: Sendable {
        package var name: String
        package var value: ShownText

        package init(_ name: String, _ value: ShownText) {
            self.name = name
            self.value = value
        }
    }

    package var sample: TransactionSample
    /// The rule that would end it today.
    package var endedBy: String?
    package var matches: [Match]
    package var moreMatches: Int
    package var version: String
    package var query: [Field]
    package var headers: [Field]
    package var body: [Field]
    package var bodyText: ShownText?
    package var bodyLength: Int

    package init(
        sample: TransactionSample,
        endedBy: String?,
        matches: [Match],
        moreMatches: Int,
        version: String,
        query: [Field],
        headers: [Field],
        body: [Field],
        bodyText: ShownText?,
        bodyLength: Int
    ) {
        self.sample = sample
        self.endedBy = endedBy
        self.matches = matches
        self.moreMatches = moreMatches
        self.version = version
        self.query = query
        self.headers = headers
        self.body = body
        self.bodyText = bodyText
        self.bodyLength = bodyLength
    }
}
