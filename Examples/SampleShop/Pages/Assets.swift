// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import HTTPTypes
import Hummingbird

extension Shop {
    /// Style sheet, icon, and the file for robots.
    func addAssets(to router: Router<BasicRequestContext>) {
        router.get("/style.css") { _, _ in Response.asset(Assets.styleSheet, type: "text/css; charset=utf-8") }
        router.get("/favicon.svg") { _, _ in Response.asset(Assets.icon, type: "image/svg+xml") }
        router.get("/robots.txt") { _, _ in Response.asset("User-agent: *\nAllow: /\n", type: "text/plain") }
    }
}

extension Response {
    fileprivate static func asset(_ text: String, type: String) -> Response {
        Response(
            status: .ok,
            headers: [.contentType: type, .cacheControl: "max-age=3600"],
            body: .init(byteBuffer: ByteBuffer(string: text))
        )
    }
}

/// Files that never change, kept in the program so that it needs nothing beside it.
private enum Assets {
    static let styleSheet = """
        :root { color-scheme: light dark; --ink: #22302a; --paper: #fbfaf6; --line: #d5d2c6; --leaf: #1f6b45;
          --soft: #efede4; --warn: #8a1f11; --warn-paper: #fdecea; }
        @media (prefers-color-scheme: dark) {
          :root { --ink: #e8ebe6; --paper: #161b18; --line: #3a433d; --leaf: #7fd0a4; --soft: #202723;
            --warn: #ffb4a8; --warn-paper: #3b1712; }
        }
        * { box-sizing: border-box; }
        body { margin: 0; font: 1rem/1.6 system-ui, sans-serif; color: var(--ink); background: var(--paper); }
        a { color: var(--leaf); }
        a:focus-visible, button:focus-visible, input:focus-visible, textarea:focus-visible {
          outline: 3px solid var(--leaf); outline-offset: 2px; }
        .skip, .hidden { position: absolute; left: -100vw; }
        .skip:focus { left: 0; padding: .5rem 1rem; background: var(--paper); }
        .banner { margin: 0; padding: .4rem 1rem; text-align: center; color: var(--warn);
          background: var(--warn-paper); }
        header, main, footer { max-width: 62rem; margin: 0 auto; padding: 1rem; }
        header { display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; align-items: center;
          border-bottom: 1px solid var(--line); }
        header ul, footer ul { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; list-style: none; margin: 0;
          padding: 0; }
        .brand { font: 600 1.4rem/1.2 Georgia, serif; text-decoration: none; }
        .find { margin-left: auto; }
        footer { margin-top: 3rem; border-top: 1px solid var(--line); }
        h1 { font: 600 2rem/1.2 Georgia, serif; }
        .cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(16rem, 1fr)); gap: 1rem;
          list-style: none; padding: 0; }
        .cards li { display: flex; flex-direction: column; padding: 1rem; border: 1px solid var(--line);
          border-radius: .5rem; background: var(--soft); }
        .price { font-weight: 600; }
        .note { opacity: .85; font-size: .95rem; }
        .entries { list-style: none; padding: 0; }
        .entries li { border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
        .stacked { display: grid; gap: .75rem; max-width: 32rem; }
        .stacked label { display: grid; gap: .25rem; }
        input, textarea, button { font: inherit; padding: .4rem .6rem; border: 1px solid var(--line);
          border-radius: .35rem; background: var(--paper); color: inherit; max-width: 100%; }
        button, .button { background: var(--leaf); color: var(--paper); border-color: var(--leaf); cursor: pointer; }
        .button { padding: .5rem .9rem; border-radius: .35rem; text-decoration: none; }
        table { border-collapse: collapse; width: 100%; }
        th, td { text-align: left; padding: .4rem .6rem; border-bottom: 1px solid var(--line); }
        pre { overflow-x: auto; padding: 1rem; background: var(--soft); border-radius: .5rem; }
        .error { color: var(--warn); }

        """

    static let icon = """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><path fill="#1f6b45" d="M6 12h16v9a6 6 0 0 1-6 \
        6h-4a6 6 0 0 1-6-6zm17 2h2a3 3 0 0 1 0 7h-2v-2h2a1 1 0 0 0 0-3h-2zM10 4h2v5h-2zm5 0h2v5h-2z"/></svg>

        """
}
