/// The style of the page: on a phone and on paper, in light and dark.
enum PageStyle {
    static let text = """
        :root { color-scheme: light dark; --ink: #1b1f24; --paper: #fff; --soft: #57606a; --line: #d0d7de;
          --shade: #f6f8fa; --good: #00624a; --warn: #8a5200; --bad: #a33d00; --link: #005a8f; }
        @media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --paper: #0f1419; --soft: #9aa5b1;
          --line: #30363d; --shade: #171d24; --good: #4fd1a5; --warn: #f0b44c; --bad: #ff9a5c; --link: #79bdf0; } }
        * { box-sizing: border-box; }
        body { margin: 0 auto; max-width: 76rem; padding: 1rem; color: var(--ink); background: var(--paper);
          font: 1rem/1.5 system-ui, "Segoe UI", Roboto, "Liberation Sans", sans-serif; }
        h1 { font-size: 1.5rem; line-height: 1.25; margin: .5rem 0 0; overflow-wrap: anywhere; }
        h2 { font-size: 1.2rem; margin: 2rem 0 .5rem; border-bottom: 1px solid var(--line); padding-bottom: .2rem; }
        h3 { font-size: 1rem; margin: 1.2rem 0 .3rem; }
        p, ul { margin: .4rem 0; } ul { padding-left: 1.2rem; }
        a { color: var(--link); } .soft, figcaption p, caption { color: var(--soft); }
        :focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
        .skip { position: absolute; left: -99rem; } .skip:focus { left: 1rem; background: var(--paper); padding: .3rem; }
        nav ul { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: .2rem 1rem; }
        .verdict { border: 1px solid var(--line); border-left: .5rem solid var(--soft); border-radius: .4rem;
          background: var(--shade); padding: .6rem 1rem; margin: 1rem 0; overflow-wrap: anywhere; }
        .verdict .word { font-size: 1.25rem; font-weight: 700; margin: 0; }
        .verdict.good { border-left-color: var(--good); } .verdict.good .word { color: var(--good); }
        .verdict.warn { border-left-color: var(--warn); } .verdict.warn .word { color: var(--warn); }
        .verdict.bad { border-left-color: var(--bad); } .verdict.bad .word { color: var(--bad); }
        .charts { display: grid; gap: .5rem 2rem; grid-template-columns: 1fr; }
        @media (min-width: 52rem) { .charts.two { grid-template-columns: 1fr 1fr; } }
        figure { margin: .6rem 0; min-width: 0; break-inside: avoid; }
        figcaption { font-weight: 600; } figcaption p { font-weight: 400; font-size: .875rem; margin: 0; }
        .chart { width: 100%; min-height: 12rem; color: var(--ink); } .chart svg { display: block; max-width: 100%; }
        .chart.failed { min-height: 0; color: var(--bad); }
        main { overflow-x: clip; }
        .scroll { overflow-x: auto; margin: .5rem 0; }
        table { border-collapse: collapse; font-size: .875rem; font-variant-numeric: tabular-nums; }
        caption { text-align: left; padding: .2rem 0; }
        th, td { text-align: left; vertical-align: top; padding: .2rem .7rem .2rem 0; border-bottom: 1px solid var(--line); }
        thead th { white-space: nowrap; } .numbers td, .numbers thead th:not(:first-child) { text-align: right; white-space: nowrap; }
        tbody th { font-weight: 500; } .numbers tbody th { white-space: nowrap; } td { overflow-wrap: break-word; }
        details { border: 1px solid var(--line); border-radius: .4rem; padding: .3rem .8rem; margin: .6rem 0; }
        summary { cursor: pointer; font-weight: 600; overflow-wrap: anywhere; }
        pre, code { font: .8125rem/1.45 ui-monospace, "DejaVu Sans Mono", monospace; white-space: pre-wrap; overflow-wrap: anywhere; }
        pre { margin: .2rem 0; } .commands td { overflow-wrap: anywhere; } .commands td:nth-child(3) { min-width: 20rem; }
        #tip { position: fixed; z-index: 9; display: none; max-width: 20rem; padding: .3rem .6rem; font-size: .8125rem;
          color: var(--paper); background: var(--ink); border-radius: .3rem; white-space: pre-line; pointer-events: none; }
        @media print { :root { --ink: #000; --paper: #fff; --soft: #444; --line: #999; --shade: #fff; --link: #000;
            --good: #00624a; --warn: #8a5200; --bad: #a33d00; color-scheme: light; }
          body { max-width: none; padding: 0; font-size: 10pt; } nav, .skip, #tip { display: none; }
          .scroll { overflow: visible; } .charts.two { grid-template-columns: 1fr 1fr; } .chart { min-height: 0; }
          .chart svg { height: auto; } thead { display: table-header-group; } tr { break-inside: avoid; }
          h2, h3 { break-after: avoid; } }
        """
}
