// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Access
internal import DefenseModel
internal import Policy

/// Jobs: how far they are, what they found, and what can be made of it.
enum JobPages {
    static let all = [list, show] + forms

    static func address(_ job: Job) -> String {
        "/jobs/\(job.id)"
    }

    // MARK: Forms

    private static let forms: [Route] = [
        .form("/jobs/exceptions", .granted(.respond), TrialActions.suggest) { exchange in
            .redirect(address(try TrialActions.suggest(exchange)))
        },
        .form("/jobs/defaults", .granted(.respond), TrialActions.defaults) { exchange in
            .redirect(address(try TrialActions.defaults(exchange)))
        },
        .form("/jobs/comparison", .granted(.administer), TrialActions.compare) { exchange in
            .redirect(address(try TrialActions.compare(exchange)))
        },
        .form("/jobs/{id}/take", .granted(.respond), TrialActions.take) { exchange in
            _ = try await TrialActions.take(exchange)
            return .redirect("/decisions?done=proposal")
        },
        .form("/jobs/{id}/remove", .granted(.see), []) { exchange in
            try TrialActions.remove(exchange)
            return .redirect("/jobs?done=job")
        },
    ]

    // MARK: Pages

    private static let list = Route.page("/jobs", .granted(.see), query: [Done.field]) { exchange in
        let jobs = exchange.services.jobs.jobs(for: try exchange.principal)
        var page = ConsolePage("Jobs", .applications)
        page.trail = ("Applications", "/applications")
        page.lead = "What takes its time. What came of a job is kept for an hour."
        let rows = jobs.map { job -> [HTML] in
            [
                "<a href=\"\(address(job))\" data-row>\(title(job))</a><br><small>\(job.subject)</small>", state(job),
                HTML(text: job.owner), .time(job.made, now: exchange.now), removal(job, exchange),
            ]
        }
        let table = Table(
            "Jobs, newest first",
            [.init("Job"), .tight("State"), .init("By"), .tight("Asked for"), .unseen("Act")],
            rows
        ).html
        page.content =
            Panel(
                content: rows.isEmpty
                    ? .empty("No job", "Ask for one on the page of an <a href=\"/applications\">application</a>.")
                    : table
            ).html
        return try await page.reply(exchange)
    }

    private static let show = Route.page("/jobs/{id}", .granted(.see), query: [Done.field]) { exchange in
        let job = try TrialActions.job(exchange)
        var page = ConsolePage(title(job), .applications)
        page.trail = ("Jobs", "/jobs")
        page.lead =
            "\(state(job)) for <code>\(job.subject)</code>, asked for by \(job.owner) \(HTML.age(job.made, now: exchange.now))"
        page.actions = removal(job, exchange)
        if !job.state.isOver {
            page.refreshSeconds = 2
            page.content = Panel(content: progress(job)).html
        } else if let failure = job.failure {
            page.content = .notice(.bad, HTML(text: failure), isUrgent: true)
        } else if let result = job.result {
            page.content = JobResultView(job, exchange).html(result)
        } else {
            page.content = Panel(content: .empty("It was cancelled", "Nothing came of it.")).html
        }
        return try await page.reply(exchange)
    }

    static func title(_ job: Job) -> String {
        switch job.kind {
        case .exceptions: "Suggest exceptions"
        case .defaults: "Propose defaults"
        case .comparison: "Try changed rules"
        }
    }

    private static func state(_ job: Job) -> HTML {
        switch job.state {
        case .waiting: .badge("waiting", "calm")
        case .running: .badge("\(Int(job.progress * 100))% done", "low")
        case .done: .badge("done", "good")
        case .failed: .badge("failed", "critical")
        case .cancelled: .badge("cancelled", "calm")
        }
    }

    private static func progress(_ job: Job) -> HTML {
        let percent = Int(job.progress * 100)
        return """
            <div data-job="/api/v1/jobs/\(job.id)"><label for="progress">How far it is</label>\
            <progress id="progress" max="1" value="\("\(job.progress)")">\(percent)%</progress>\
            <p><output for="progress">\(job.state == .waiting ? "waits for its turn" : "\(percent)%")</output></p></div>\
            <p class="quiet">You can leave this page; the job goes on.</p>
            """
    }

    private static func removal(_ job: Job, _ exchange: Exchange) -> HTML {
        let word = job.state.isOver ? "Forget" : "Cancel"
        return Form("/jobs/\(job.id)/remove", button: word, style: "plain").buttonHTML(
            exchange.token,
            label: "\(word) \(title(job)) for \(job.subject)"
        )
    }
}
