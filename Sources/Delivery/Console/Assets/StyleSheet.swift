// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

/// The one style sheet of all pages: system fonts, light and dark by the reader's setting, print.
///
/// Nothing is told by colour alone: severities have a sign, dispositions a border of their own.
enum StyleSheet {
    static let text = """
        :root {
          color-scheme: light dark;
          --ground: light-dark(#f5f6f8, #0f141b); --panel: light-dark(#fff, #171e28);
          --raised: light-dark(#f0f2f5, #1f2834); --line: light-dark(#dce1e8, #2b3543);
          --strong-line: light-dark(#77839a, #718099); --ink: light-dark(#17202e, #e6ebf2);
          --quiet: light-dark(#535f72, #9fabbd); --accent: light-dark(#2547b8, #9db8ff);
          --accent-ground: light-dark(#e8edfc, #1d2a4d); --on-accent: light-dark(#fff, #0d1530);
          --critical: light-dark(#a30f24, #ff9ba6); --critical-ground: light-dark(#fdeaec, #3d161c);
          --high: light-dark(#973800, #ffb27d); --high-ground: light-dark(#fdeee2, #3a2112);
          --medium: light-dark(#6f5000, #ecca66); --medium-ground: light-dark(#fbf3d7, #33290d);
          --low: light-dark(#17558f, #93c5ff); --low-ground: light-dark(#e5f0fb, #14283d);
          --good: light-dark(#16653a, #7fdca4); --good-ground: light-dark(#e4f5ea, #12301f);
          --fill-critical: light-dark(#c5283c, #f4606f); --fill-high: light-dark(#e1731f, #ef9448);
          --fill-medium: light-dark(#dcae1e, #dfba42); --fill-low: light-dark(#5b97d5, #5c97dc);
          --fill-info: light-dark(#a3aebd, #566476);
          --mono: ui-monospace, "Cascadia Mono", "DejaVu Sans Mono", Menlo, Consolas, monospace;
        }
        * { box-sizing: border-box; }
        html { font: 15px/1.5 system-ui, "Segoe UI", "Noto Sans", "Liberation Sans", sans-serif;
          scrollbar-gutter: stable; }
        body { margin: 0; background: var(--ground); color: var(--ink); min-height: 100vh;
          display: grid; grid-template: "top top" auto "side main" 1fr / 13rem minmax(0, 1fr); }
        a { color: var(--accent); text-underline-offset: .18em; text-decoration-thickness: 1px; }
        a:hover { text-decoration-thickness: 2px; }
        :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 3px; }
        h1 { font-size: 1.45rem; line-height: 1.25; margin: 0; letter-spacing: -.01em; text-wrap: balance;
          overflow-wrap: anywhere; }
        h2 { font-size: 1rem; line-height: 1.3; margin: 0; }
        h3 { font-size: .93rem; margin: 1rem 0 .35rem; }
        p { margin: .4rem 0; max-width: 72ch; }
        code, pre, .mono { font-family: var(--mono); font-size: .88em; overflow-wrap: anywhere; }
        pre { margin: .5rem 0; padding: .7rem .85rem; background: var(--raised); border-radius: 6px;
          white-space: pre-wrap; }
        small, .quiet { color: var(--quiet); font-size: .88em; }
        .number { font-variant-numeric: tabular-nums; text-align: right; white-space: nowrap; }
        time { font-variant-numeric: tabular-nums; white-space: nowrap; }
        .skip { position: absolute; left: -100vw; z-index: 9; background: var(--accent); color: var(--on-accent);
          padding: .5rem 1rem; }
        .skip:focus { left: .5rem; top: .5rem; }
        .unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%);
          white-space: nowrap; }

        .top { grid-area: top; display: flex; gap: 1rem; align-items: center; padding: .5rem 1.1rem;
          background: var(--panel); border-bottom: 1px solid var(--line); }
        .brand { display: flex; gap: .5rem; align-items: center; font-weight: 700; font-size: 1.05rem;
          color: var(--ink); text-decoration: none; letter-spacing: -.01em; width: 10.9rem; }
        .brand svg { width: 1.35rem; height: 1.35rem; fill: var(--accent); }
        .top .search { flex: 1; max-width: 34rem; display: flex; }
        .top .search input { width: 100%; background: var(--raised); }
        .who { margin-left: auto; display: flex; gap: .8rem; align-items: center; color: var(--quiet);
          font-size: .9rem; }
        .who form { margin: 0; }
        .side { grid-area: side; padding: .9rem .6rem; }
        .side ul { list-style: none; margin: 0 0 .9rem; padding: 0; }
        .side p { margin: 0 .65rem .15rem; color: var(--quiet); font-size: .78rem; }
        .side a { display: flex; justify-content: space-between; padding: .28rem .65rem; border-radius: 6px;
          color: var(--ink); text-decoration: none; }
        .side a:hover { background: var(--raised); }
        .side [aria-current] { background: var(--accent-ground); color: var(--accent); font-weight: 600; }
        .side b { font-weight: 600; font-size: .82rem; background: var(--high-ground); color: var(--high);
          border-radius: 99px; padding: 0 .45rem; align-self: center; }
        main { grid-area: main; padding: 1.1rem 1.4rem 3rem; min-width: 0; max-width: 84rem; width: 100%;
          container-type: inline-size; }
        .head { display: flex; flex-wrap: wrap; gap: .3rem 1rem; align-items: baseline; margin-bottom: 1rem; }
        .head > div:first-child { flex: 1 1 26rem; min-width: 0; }
        .head .trail { margin: 0 0 .15rem; font-size: .88rem; }
        .lead { color: var(--quiet); margin: .25rem 0 0; }
        .grid { display: grid; gap: 1rem; grid-template-columns: repeat(12, minmax(0, 1fr)); }
        .grid > * { grid-column: span 12; min-width: 0; }
        @container (min-width: 56rem) {
          .grid > .half { grid-column: span 6; } .grid > .wide { grid-column: span 8; }
          .grid > .third { grid-column: span 4; }
        }
        .panel { background: var(--panel); border: 1px solid var(--line); border-radius: 9px; padding: .9rem 1.05rem; }
        .panel > header { display: flex; gap: 1rem; align-items: baseline; justify-content: space-between;
          margin-bottom: .55rem; }
        .panel > header a { font-size: .9rem; white-space: nowrap; }

        .figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: 0; padding: 0;
          margin: 0; overflow: hidden; }
        .figures > div { padding: .75rem 1.05rem .7rem; box-shadow: -1px 0 var(--line), 0 -1px var(--line); }
        .figures dt { color: var(--quiet); font-size: .88rem; }
        .figures dd { margin: 0; font-size: 1.65rem; line-height: 1.2; font-weight: 650; letter-spacing: -.02em;
          font-variant-numeric: tabular-nums; }
        .figures dd small { font-size: .82rem; font-weight: 400; letter-spacing: 0; display: block; line-height: 1.4; }
        .figures dd a { color: inherit; text-decoration: none; }
        .figures dd a:hover { text-decoration: underline; }

        .scroll { overflow-x: auto; margin: 0 -1.05rem; padding: 0 1.05rem; }
        table { border-collapse: collapse; width: 100%; }
        caption { text-align: left; color: var(--quiet); font-size: .88rem; padding-bottom: .35rem; }
        th, td { text-align: left; padding: .38rem .7rem .38rem 0; border-bottom: 1px solid var(--line);
          vertical-align: top; }
        th:last-child, td:last-child { padding-right: 0; }
        thead th { font-size: .84rem; font-weight: 500; color: var(--quiet); white-space: nowrap; }
        thead th.number { text-align: right; }
        tbody tr:hover { background: light-dark(#f7f8fb, #1a222d); }
        tbody tr:last-child > * { border-bottom: 0; }
        td { overflow-wrap: break-word; } td a.mono { overflow-wrap: normal; }
        td button { white-space: nowrap; } td.tight { white-space: nowrap; overflow-wrap: normal; }
        tr.new { animation: arrive 2.5s ease-out; }
        @keyframes arrive { from { background: var(--accent-ground); } }
        @media (prefers-reduced-motion: reduce) { tr.new { animation: none; } }
        .more { margin: .8rem 0 0; }

        .facts { display: grid; grid-template-columns: minmax(7rem, max-content) minmax(0, 1fr); gap: .3rem 1.1rem;
          margin: 0; }
        .facts dt { color: var(--quiet); } .facts dd { margin: 0; overflow-wrap: anywhere; }
        .tasks { list-style: none; margin: 0; padding: 0; }
        .tasks li { padding: .5rem 0; border-bottom: 1px solid var(--line); display: flex; gap: .6rem;
          align-items: flex-start; }
        .tasks li:last-child { border-bottom: 0; padding-bottom: 0; }
        .tasks li > div { min-width: 0; flex: 1; }
        .story { margin: 0; padding: 0 0 0 1.15rem; border-left: 2px solid var(--line); list-style: none; }
        .story li { padding: .25rem 0; position: relative; }
        .story li::before { content: ""; position: absolute; left: -1.5rem; top: .75rem; width: .55rem; height: .55rem;
          border-radius: 50%; background: var(--panel); border: 2px solid var(--strong-line); }

        .badge { display: inline-flex; gap: .32rem; align-items: center; padding: 0 .45rem; border-radius: 5px;
          font-size: .84rem; line-height: 1.5; white-space: nowrap; background: var(--raised); color: var(--ink);
          border: 1px solid transparent; }
        .badge i { font-style: normal; font-size: .78em; }
        .critical { background: var(--critical-ground); color: var(--critical); }
        .high { background: var(--high-ground); color: var(--high); }
        .medium { background: var(--medium-ground); color: var(--medium); }
        .low { background: var(--low-ground); color: var(--low); }
        .good { background: var(--good-ground); color: var(--good); }
        .acted { background: var(--critical-ground); color: var(--critical); border-color: currentColor;
          font-weight: 600; }
        .would { background: none; color: var(--high); border: 1px dashed currentColor; }
        .calm { background: none; color: var(--quiet); border-color: var(--line); }
        .notice { border: 1px solid var(--line); border-left: 5px solid var(--accent); background: var(--panel);
          border-radius: 7px; padding: .6rem .95rem; margin: 0 0 1rem; }
        .notice.bad { border-left-color: var(--fill-critical); } .notice.ok { border-left-color: var(--good); }
        .notice.care { border-left-color: var(--fill-medium); } .notice p { margin: 0; }
        .empty { text-align: center; padding: 1.6rem 1rem; color: var(--quiet); }
        .empty b { display: block; color: var(--ink); font-weight: 600; margin-bottom: .2rem; }
        .empty p { margin: .2rem auto; }
        mark { background: light-dark(#ffe58a, #6b5200); color: inherit; border-radius: 2px; padding: 0 .1em; }

        form { margin: 0; }
        label { display: block; font-size: .88rem; font-weight: 550; margin: .7rem 0 .15rem; }
        label small { font-weight: 400; }
        input, select, textarea { font: inherit; color: inherit; width: 100%; padding: .35rem .55rem;
          background: var(--panel); border: 1px solid var(--strong-line); border-radius: 6px; }
        input[type=checkbox], input[type=radio] { width: auto; }
        button, .button { font: inherit; font-weight: 550; cursor: pointer; display: inline-block;
          padding: .33rem .85rem; border-radius: 6px; border: 1px solid var(--accent); background: var(--accent);
          color: var(--on-accent); text-decoration: none; }
        button:hover, .button:hover { filter: brightness(1.1); }
        .plain { background: none; color: var(--accent); border-color: var(--strong-line); }
        .danger { background: light-dark(#b01a30, #ff8c99); border-color: transparent; color: light-dark(#fff, #2b070c); }
        .link { background: none; border: 0; padding: 0; color: var(--accent); font-weight: 400;
          text-decoration: underline; text-underline-offset: .18em; }
        .send { margin: .9rem 0 0; display: flex; gap: .7rem; align-items: center; flex-wrap: wrap; }
        .bar { display: flex; flex-wrap: wrap; gap: .5rem .8rem; align-items: end; margin-bottom: .9rem; }
        .bar label { margin: 0 0 .1rem; } .bar > div { min-width: 7.5rem; } .bar .grow { flex: 1 1 14rem; }
        .fields { display: grid; grid-template-columns: repeat(auto-fit, minmax(13rem, 1fr)); gap: 0 1rem;
          align-items: end; }
        .fields .full { grid-column: 1 / -1; }
        details > summary { cursor: pointer; color: var(--accent); width: fit-content; }
        details.act { border: 1px solid var(--line); border-radius: 7px; padding: .45rem .8rem; margin: .5rem 0; }
        details.act[open] { padding-bottom: .8rem; } details.act > summary { font-weight: 550; }
        details > table { margin-top: .5rem; font-size: .9rem; }

        .chart { display: block; width: 100%; height: auto; margin: .2rem 0 .35rem; }
        .chart text { fill: var(--quiet); font-size: 11px; font-family: inherit; }
        .chart .axis { stroke: var(--line); } .chart rect { shape-rendering: crispEdges; }
        .f-critical { fill: var(--fill-critical); } .f-high { fill: var(--fill-high); }
        .f-medium { fill: var(--fill-medium); } .f-low { fill: var(--fill-low); } .f-info { fill: var(--fill-info); }
        .f-accent { fill: var(--accent); } .f-good { fill: var(--good); } .f-unknown { fill: var(--strong-line); } .spark { fill: none; stroke: var(--accent); stroke-width: 1.5; }
        .legend { display: flex; flex-wrap: wrap; gap: .2rem 1rem; list-style: none; margin: 0 0 .3rem; padding: 0;
          font-size: .86rem; color: var(--quiet); }
        .legend svg { width: .7rem; height: .7rem; margin-right: .35rem; }
        .choices { display: flex; gap: .2rem; }
        .choices.wrap { flex-wrap: wrap; margin-bottom: .7rem; }
        .choices a { padding: .15rem .6rem; border-radius: 6px; text-decoration: none; }
        .choices [aria-current] { background: var(--accent-ground); font-weight: 600; }
        .grade { display: flex; gap: 1.1rem; align-items: center; margin-bottom: 1rem; }
        .grade > b { font-size: 2.1rem; line-height: 1; width: 3.4rem; padding: .65rem 0; border-radius: 9px;
          text-align: center; flex: none; background: var(--raised); }
        .grade > .grade-a { background: var(--good-ground); color: var(--good); }
        .grade > .grade-b { background: var(--low-ground); color: var(--low); }
        .grade > .grade-c { background: var(--medium-ground); color: var(--medium); }
        .grade > .grade-d { background: var(--high-ground); color: var(--high); }
        .grade > .grade-f { background: var(--critical-ground); color: var(--critical); }
        .worse { color: var(--critical); } .better { color: var(--good); }
        .plainlist { list-style: none; margin: .3rem 0; padding: 0; overflow-wrap: anywhere; }
        .plainlist li { padding: .12rem 0; } .facts .plainlist { margin: 0; } td.main { min-width: 15rem; }
        .said { white-space: pre-wrap; overflow-wrap: anywhere; max-width: 90ch; margin: .3rem 0; }
        .said p, .said ul, .said ol, .said pre, .said blockquote { margin: .4rem 0; }
        .said blockquote { border-left: 3px solid var(--line); padding-left: .8rem; }
        .facets { display: grid; grid-template-columns: repeat(auto-fit, minmax(10rem, 1fr)); gap: .2rem 1.2rem; }
        .facets p { margin: .3rem 0 .1rem; font-size: .84rem; color: var(--quiet); }
        .bar .full { flex: 1 1 20rem; }
        .facets a { display: inline-block; margin: 0 .5rem .1rem 0; }
        .facets [aria-current] { font-weight: 650; }
        meter, progress { width: 100%; height: .8rem; accent-color: var(--accent); }
        .alone { display: block; } .alone main { max-width: 26rem; margin: 9vh auto; padding: 1rem; }
        .alone .brand { margin-bottom: 1rem; width: auto; }
        footer { color: var(--quiet); font-size: .84rem; margin-top: 2rem; }
        kbd { font: .82em var(--mono); border: 1px solid var(--strong-line); border-radius: 4px; padding: 0 .3em; }
        dialog { border: 1px solid var(--line); border-radius: 9px; background: var(--panel); color: var(--ink);
          max-width: 30rem; padding: 1.1rem; }
        dialog::backdrop { background: rgb(0 0 0 / .5); }

        @media (max-width: 52rem) {
          body { grid-template: "top" auto "side" auto "main" 1fr / minmax(0, 1fr); }
          .brand { width: auto; } .top { flex-wrap: wrap; gap: .5rem 1rem; }
          .top .search { order: 3; flex-basis: 100%; max-width: none; }
          .side { padding: .3rem .6rem; overflow-x: auto; display: flex; border-bottom: 1px solid var(--line); }
          .side ul { display: flex; margin: 0; } .side p { display: none; } .side a { white-space: nowrap; }
          main { padding: .9rem; } .facts { grid-template-columns: 1fr; gap: 0; } .facts dd { margin-bottom: .5rem; }
        }
        @media print {
          :root { color-scheme: light; } html { font-size: 10pt; }
          .top, .side, .bar, .more, form, .skip, details.act { display: none; }
          body { display: block; background: #fff; } main { padding: 0; max-width: none; }
          .panel { border: 0; padding: 0; break-inside: avoid; margin-bottom: 1rem; }
          a { color: inherit; text-decoration: none; }
        }
        @media (forced-colors: active) { .badge, button { border: 1px solid; } rect { forced-color-adjust: none; } }
        """
}
