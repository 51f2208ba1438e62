internal import JSON

/// The script of the page: it makes rows of the columns, and draws what is in sight.
enum PageScript {
    /// Sets `data-charts`, `data-drawn` and, when all is done, `data-state="ready"` and `data-ms` on the root element,
    /// for whoever waits for the page.
    static let text = """
        "use strict";
        (() => {
        const ink = "currentColor";
        const axis = { labelColor: ink, titleColor: ink, gridColor: ink, gridOpacity: 0.15, domainColor: ink,
          domainOpacity: 0.4, tickColor: ink, tickOpacity: 0.4, labelFontSize: 11, titleFontSize: 11,
          titleFontWeight: "normal", labelOverlap: true };
        const config = { background: null, font: "system-ui, sans-serif", view: { stroke: null }, axis,
          axisY: { minExtent: 46, maxExtent: 46, titlePadding: 2, tickCount: 5 }, line: { strokeWidth: 1.7 },
          point: { filled: true, size: 70, opacity: 1 }, rule: { opacity: 0.75 },
          header: { labelColor: ink, titleColor: ink },
          legend: { orient: "top", direction: "horizontal", labelColor: ink, titleColor: ink, title: null,
            labelFontSize: 12, symbolSize: 220, symbolStrokeWidth: 2, labelLimit: 260, columnPadding: 14,
            offset: 4 } };
        const root = document.documentElement;
        const tip = document.getElementById("tip");
        const charts = new Map();
        for (const chart of JSON.parse(document.getElementById("data").textContent)) charts.set(chart.id, chart);

        function rows(chart) {
          const rows = [];
          for (const series of chart.series) {
            const x = series.x || chart.x;
            for (let i = 0; i < x.length; i++) rows.push(Object.assign({ x: x[i], y: series.y[i] }, series.keys));
          }
          return rows;
        }
        function tooltip(handler, event, item, value) {
          if (value == null || value === "") { tip.style.display = "none"; return; }
          tip.textContent = typeof value === "object"
            ? Object.entries(value).map(([name, text]) => name + ": " + text).join("\\n") : String(value);
          tip.style.display = "block";
          tip.style.left = Math.max(4, Math.min(event.clientX + 12, innerWidth - tip.offsetWidth - 8)) + "px";
          tip.style.top = Math.max(4, Math.min(event.clientY + 12, innerHeight - tip.offsetHeight - 8)) + "px";
        }
        async function draw(figure) {
          const chart = charts.get(figure.dataset.chart);
          const place = figure.querySelector(".chart");
          const spec = Object.assign({}, chart.spec, { data: { values: rows(chart) },
            autosize: { type: "fit-x", contains: "padding" } });
          try {
            await vegaEmbed(place, spec, { mode: "vega-lite", renderer: "svg", ast: true, actions: false,
              defaultStyle: false, tooltip, config });
            root.dataset.drawn = Number(root.dataset.drawn) + 1;
          } catch (error) {
            place.classList.add("failed");
            place.textContent = "this chart cannot be drawn: " + error.message;
            console.error(error);
          }
        }
        const isShown = (figure) => { for (let up = figure.closest("details"); up; up = up.parentElement.closest("details"))
          if (!up.open) return false; return true; };
        let work = Promise.resolve();
        function drawShown() {
          work = work.then(async () => {
            root.dataset.state = "drawing";
            for (const figure of document.querySelectorAll("figure[data-chart]:not([data-begun])")) {
              if (!isShown(figure)) continue;
              figure.dataset.begun = "yes";
              root.dataset.charts = Number(root.dataset.charts) + 1;
              await draw(figure);
            }
            root.dataset.ms = Math.round(performance.now());
            root.dataset.state = "ready";
          });
        }
        root.dataset.charts = root.dataset.drawn = 0;
        document.addEventListener("toggle", drawShown, true);
        function reveal() {
          const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
          for (let up = target && target.closest("details"); up; up = up.parentElement.closest("details")) up.open = true;
          if (target) target.scrollIntoView();
        }
        addEventListener("hashchange", reveal);
        reveal();
        drawShown();
        })();
        """
}
