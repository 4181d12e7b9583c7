// A panel: its title, its chart, its legend. It asks for its curves when it comes into view, and again when they grow.

import uPlot from "uplot";
import { areas, curves, lines } from "./series.js";
import { make, number, short, steps } from "./text.js";
import { show } from "./tip.js";

const SYNC = uPlot.sync("x");
const GRID = { stroke: "#262e40", width: 1 }, LABELS = "#aab4c8", FONT = "11px system-ui, sans-serif";

export class Chart {
  constructor(panel, view) {
    Object.assign(this, { panel, view, plot: null, found: [], edges: null, shape: "", version: "", zoomed: false });
    this.runs = null; // curves by run and tag
    this.place = make("div", { class: "plot", role: "img" });
    this.tip = make("div", { class: "tip", hidden: true, "aria-hidden": "true" });
    this.place.append(this.tip);
    this.legend = make("ul", { class: "legend" });
    this.whose = make("small");
    const title = make("figcaption", {}, make("h3", {}, panel.title), make("small", {}, panel.unit), this.whose);
    this.element = make("figure", { class: panel.kind }, title, this.place, this.legend);
    this.element.chart = this;
    this.place.addEventListener("mouseleave", () => (this.tip.hidden = true));
  }

  get height() {
    return this.panel.kind === "areas" ? 300 : 170;
  }

  // Ask for the curves, if there are newer ones than those shown.
  async load(version) {
    if (version === this.version) return;
    const answer = await fetch(`curves?panel=${encodeURIComponent(this.panel.key)}`);
    if (!answer.ok) return;
    this.runs = (await answer.json()).runs;
    this.version = version;
    this.draw();
  }

  draw() {
    if (!this.runs || !this.place.clientWidth) return;
    this.found = curves(this.panel, this.runs, this.view);
    const stacked = this.panel.kind === "areas";
    const { data, options, bands, edges } = stacked ? areas(this.found) : lines(this.panel, this.found);
    this.edges = edges ?? null;
    const shape = JSON.stringify([this.view.axis, options, bands]);
    if (this.plot && shape === this.shape) {
      this.plot.setData(data, !this.zoomed);
      if (this.zoomed) this.plot.redraw();
    } else {
      this.shape = shape;
      this.zoomed = false;
      this.plot?.destroy();
      this.plot = new uPlot(this.options(options, bands), data, this.place);
    }
    this.tell();
  }

  options(series, bands) {
    const hours = this.view.axis === "hours";
    const axis = { stroke: LABELS, font: FONT, grid: GRID, ticks: GRID };
    return {
      width: this.place.clientWidth,
      height: this.height,
      padding: [8, 12, 0, 0],
      legend: { show: false },
      cursor: { sync: { key: SYNC.key, setSeries: false }, points: { show: false }, y: false, drag: { x: true, y: false } },
      scales: { x: { time: false }, y: { range } },
      axes: [
        { ...axis, size: 28, values: (_, ticks) => ticks.map((tick) => (hours ? `${number(tick)} h` : steps(tick))) },
        { ...axis, size: 56, values: (_, ticks) => ticks.map(short) },
      ],
      series: [{}, ...series.map((one) => ({ spanGaps: true, points: { show: false }, ...one }))],
      bands,
      hooks: {
        setCursor: [(plot) => this.hover(plot)],
        setSelect: [(plot) => (this.zoomed = this.zoomed || plot.select.width > 0)],
        ready: [(plot) => plot.over.addEventListener("dblclick", () => (this.zoomed = false))],
      },
    };
  }

  hover(plot) {
    const { left, top } = plot.cursor;
    if (left < 0 || !this.found.length || !this.place.matches(":hover")) this.tip.hidden = true;
    else show(this.tip, this, left, top);
  }

  // The newest values in words: the legend, and what a screen reader says of the picture.
  tell() {
    const { panel, view, found } = this;
    const several = view.names.length > 1 && !view.single(panel);
    const last = (curve) => curve.y[curve.y.length - 1];
    this.whose.textContent = view.single(panel) ? view.names[view.run] : "";
    const seen = panel.kind === "band" ? found.filter((curve) => curve.tag === panel.tags[0]) : found;
    const items = several && panel.tags.length > 1 && panel.kind !== "band"
      ? panel.names.map((name, k) => item(name, null, { "border-top": `2px ${["solid", "dashed", "dotted"][k % 3]} #c3ccd6` }))
      : seen.map((curve) => item(several ? view.names[curve.run] : curve.name, last(curve), { background: curve.color }));
    this.legend.replaceChildren(...items);
    const said = seen.map((curve) => `${several ? `${view.names[curve.run]} ` : ""}${curve.name} ${number(last(curve))}`);
    this.place.setAttribute("aria-label", `${panel.title}${panel.unit && `, ${panel.unit}`}. Newest: ${said.join(", ")}`);
  }

  resize() {
    this.tip.hidden = true;
    if (this.plot && this.place.clientWidth) this.plot.setSize({ width: this.place.clientWidth, height: this.height });
  }
}

// As uPlot has it, but what was never anything but 0 (faults, hopefully) has no scale up to 100.
function range(_, low, high) {
  if (low === null) return [null, null];
  return low === 0 && high === 0 ? [0, 1] : uPlot.rangeNum(low, high, 0.1, true);
}

function item(name, value, style) {
  const mark = make("i", { style: style.background ? style : { borderTop: style["border-top"], height: "0", width: "22px", borderRadius: "0" } });
  return make("li", {}, mark, name, value === null ? null : make("em", {}, number(value)));
}

