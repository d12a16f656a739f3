// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

internal import Mustache

/// The templates of what pages are made of, compiled in. `{{name}}` is escaped, `{{{name}}}` is markup that was made from
/// other templates or ``HTML``.
struct Templates: Sendable {
    /// What fills a template.
    typealias Fields = [String: Any]

    private let library: MustacheLibrary

    static let shared = Templates()

    private init() {
        MustacheContentTypes.register(PageText(), named: "PAGE")
        var library = MustacheLibrary()
        for (name, text) in Self.sources {
            do {
                try library.register("{{% CONTENT_TYPE:PAGE}}" + text, named: name)
            } catch {
                // The sources are constants; a test renders each of them.
                preconditionFailure("template \(name): \(error)")
            }
        }
        self.library = library
    }

    func render(_ name: String, _ fields: Fields) -> HTML {
        HTML(trusted: library.render(fields, withTemplate: name) ?? "")
    }

    static let sources: [String: String] = [
        "layout": layout, "alone": alone, "panel": panel, "figures": figures, "table": table, "facts": facts,
        "form": form, "field": field, "empty": empty, "chart": chart, "tasks": tasks, "story": story, "bar": bar,
    ]
}

/// Escapes what templates are filled with, as ``HTML`` does.
private struct PageText: MustacheContentType {
    func escapeText(_ text: String) -> String { HTML.escape(text) }
}

extension Templates {
    private static let layout = """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>{{title}} · Redoubt</title>
        <link rel="stylesheet" href="{{style}}">
        <link rel="icon" href="{{icon}}" type="image/svg+xml">
        <script src="{{script}}" defer></script>
        {{#refresh}}<noscript><meta http-equiv="refresh" content="{{refresh}}"></noscript>{{/refresh}}
        </head>
        <body>
        <a class="skip" href="#main">Skip to content</a>
        <header class="top">
        <a class="brand" href="/">{{{mark}}}Redoubt</a>
        {{#searches}}<form class="search" role="search" action="/detections" method="get">
        <label class="unseen" for="search">Search detections</label>
        <input id="search" type="search" name="q" maxlength="200" placeholder="Search detections: rule, path, client  ( / )">
        </form>{{/searches}}
        <div class="who"><span>{{who}}</span>{{#canLeave}}<form method="post" action="/logout">{{{token}}}\
        <button class="link" type="submit">Sign out</button></form>{{/canLeave}}</div>
        </header>
        <nav class="side" aria-label="Main">
        {{#groups}}<p>{{group}}</p>
        <ul>{{#items}}<li><a href="{{href}}"{{#current}} aria-current="page"{{/current}}>{{label}}\
        {{#count}}<b>{{count}}<span class="unseen"> {{countMeaning}}</span></b>{{/count}}</a></li>
        {{/items}}</ul>{{/groups}}
        </nav>
        <main id="main" tabindex="-1">
        {{{notices}}}
        <div class="head"><div>{{#trail}}<p class="trail"><a href="{{trailHref}}">{{trailLabel}}</a></p>{{/trail}}\
        <h1>{{heading}}</h1>{{#lead}}<p class="lead">{{{lead}}}</p>{{/lead}}</div>{{{actions}}}</div>
        {{{content}}}
        <footer>Times are UTC. {{version}} · {{#policy}}policy revision {{revision}} · {{/policy}}made in {{milliseconds}} ms</footer>
        </main>
        </body>
        </html>
        """

    /// A page without navigation, for who has not signed in.
    private static let alone = """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>{{title}} · Redoubt</title>
        <link rel="stylesheet" href="{{style}}">
        <link rel="icon" href="{{icon}}" type="image/svg+xml">
        </head>
        <body class="alone">
        <main>
        <p class="brand">{{{mark}}}Redoubt</p>
        <section class="panel"><h1>{{heading}}</h1>
        {{{content}}}</section>
        </main>
        </body>
        </html>
        """

    private static let panel = """
        <section class="panel {{class}}"{{#id}} id="{{id}}"{{/id}}>
        {{#title}}<header><h2>{{title}}</h2>{{#moreHref}}<a href="{{moreHref}}">{{moreLabel}}</a>{{/moreHref}}</header>{{/title}}
        {{{content}}}
        </section>
        """

    private static let figures = """
        <dl class="panel figures {{class}}">
        {{#figures}}<div><dt>{{name}}</dt><dd>{{#href}}<a href="{{href}}">{{value}}</a>{{/href}}{{^href}}{{value}}{{/href}}\
        {{#note}}<small>{{{note}}}</small>{{/note}}</dd></div>
        {{/figures}}</dl>
        """

    private static let table = """
        <div class="scroll" tabindex="0" role="region" aria-label="{{caption}}"><table{{{attributes}}}>
        <caption{{#captionUnseen}} class="unseen"{{/captionUnseen}}>{{caption}}</caption>
        <thead><tr>{{#columns}}<th scope="col"{{#class}} class="{{class}}"{{/class}}>{{{label}}}</th>{{/columns}}</tr></thead>
        <tbody>{{{rows}}}</tbody>
        </table></div>
        {{#more}}<p class="more"><a class="button plain" href="{{more}}" rel="next">Older</a></p>{{/more}}
        """

    private static let facts = """
        <dl class="facts">{{#facts}}<dt>{{name}}</dt><dd>{{{value}}}</dd>{{/facts}}</dl>
        """

    private static let form = """
        <form method="post" action="{{action}}"{{#confirm}} data-confirm="{{confirm}}"{{/confirm}}\
        {{#name}} aria-label="{{name}}"{{/name}}>{{{token}}}{{#hidden}}<input type="hidden" name="{{key}}" value="{{value}}">{{/hidden}}
        <div class="fields">{{{fields}}}</div>
        <p class="send"><button type="submit"{{#style}} class="{{style}}"{{/style}}>{{button}}</button>{{#hint}}<small>{{hint}}</small>{{/hint}}</p>
        </form>
        """

    private static let field = """
        <div{{#isFull}} class="full"{{/isFull}}><label for="{{id}}">{{label}}{{#note}} <small>{{note}}</small>{{/note}}</label>
        {{#isSelect}}<select id="{{id}}" name="{{key}}">{{#options}}<option value="{{option}}"{{#chosen}} selected{{/chosen}}>{{text}}</option>{{/options}}</select>{{/isSelect}}\
        {{#isArea}}<textarea id="{{id}}" name="{{key}}" rows="3" maxlength="{{length}}"{{#required}} required{{/required}}>{{value}}</textarea>{{/isArea}}\
        {{#isInput}}<input id="{{id}}" name="{{key}}" type="{{type}}" value="{{value}}" maxlength="{{length}}"\
        {{#autocomplete}} autocomplete="{{autocomplete}}"{{/autocomplete}}{{#list}} list="{{list}}"{{/list}}{{#required}} required{{/required}}>{{/isInput}}</div>
        """

    private static let empty = """
        <div class="empty"{{{attributes}}}><b>{{title}}</b><p>{{{text}}}</p></div>
        """

    private static let chart = """
        {{{legend}}}{{{picture}}}
        <details><summary>Figures of this chart</summary>{{{table}}}</details>
        """

    private static let tasks = """
        <ul class="tasks">{{#tasks}}<li>{{{sign}}}<div>{{{text}}}</div></li>{{/tasks}}</ul>
        """

    private static let story = """
        <ol class="story">{{#entries}}<li>{{{.}}}</li>{{/entries}}</ol>
        """

    /// Filters above a list; a GET, so that each choice has an address.
    private static let bar = """
        <form class="bar" method="get" action="{{action}}" role="search" aria-label="{{name}}">{{{fields}}}
        <div><button class="plain" type="submit">Show</button>{{#reset}} <a href="{{reset}}">Reset</a>{{/reset}}</div></form>
        """
}
