// The page: asks how the runs do, and keeps cards and the charts in view up to date.

import "uplot/dist/uPlot.min.css";
import "./looks.css";
import { Chart } from "./chart.js";
import { card, table } from "./head.js";
import { make } from "./text.js";

const SECONDS = 2, READING_SECONDS = 0.05; // between two looks; while old logs are being read there is more at once
const REDRAW_SECONDS = 1; // at the soonest, of charts while logs are being read
const CLOSED = /^(Rewards, term|Figures|Others)/; // sections that open when asked for
const MANY = 3; // curves: of more, only one run is shown
const element = (id) => document.getElementById(id);

const view = {
  axis: "steps", smoothing: 0, names: [], run: 0,
  // whether a chart shows one run even where there are several
  single: (panel) => view.names.length > 1 && (panel.kind === "areas" || (panel.kind === "lines" && panel.tags.length > MANY)),
  shows: (run, panel) => !view.single(panel) || run === view.run,
};
const charts = new Map(); // by key
const visible = new Set();
let status = null, drawn = 0;

const watcher = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) visible[isIntersecting ? "add" : "delete"](target.chart);
  refresh();
}, { rootMargin: "200px" });

function section(name) {
  const id = `section ${name}`;
  if (element(id)) return element(id).querySelector(".charts");
  const made = make("details", { id, open: !CLOSED.test(name) }, make("summary", {}, make("h2", {}, name)), make("div", { class: "charts" }));
  element("sections").append(made);
  return made.querySelector(".charts");
}

// Charts that are new get their place; those there are stay.
function arrange(panels) {
  let shape = "";
  for (const panel of panels) {
    const known = charts.get(panel.key);
    if (known && String(known.panel.tags) === String(panel.tags)) {
      if (known.element.parentNode !== section(panel.section)) section(panel.section).append(known.element);
      continue;
    }
    const chart = new Chart(panel, view), place = section(panel.section);
    if (known) {
      watcher.unobserve(known.element);
      visible.delete(known);
      known.element.replaceWith(chart.element);
    } else place.append(chart.element);
    charts.set(panel.key, chart);
    watcher.observe(chart.element);
    shape += panel.key;
  }
  if (shape) order(panels);
}

// Sections and charts in the order of the server, which grows as a run logs more kinds of figures.
function order(panels) {
  for (const panel of panels) {
    const place = section(panel.section);
    place.append(charts.get(panel.key).element);
    element("sections").append(place.parentNode);
  }
}

function heads(runs) {
  const scrolled = element("runs").firstChild?.scrollLeft ?? 0;
  element("runs").replaceChildren(runs.length === 1 ? card(runs[0]) : table(runs));
  element("runs").firstChild.scrollLeft = scrolled;
  const names = runs.map((run) => run.name);
  if (String(names) !== String(view.names)) {
    view.names = names;
    element("run").replaceChildren(...names.map((name, k) => make("option", { value: k }, name)));
    element("which").hidden = names.length < 2;
    document.title = names.length === 1 ? `${names[0]} - jaxrl` : `${names.length} runs - jaxrl`;
  }
  const folder = runs.find((run) => run.checkpoint_folder)?.checkpoint_folder ?? "CHECKPOINTS";
  element("command").textContent = `jaxrl watch ${/^[\w@%+=:,./-]+$/.test(folder) ? folder : `'${folder.replaceAll("'", `'\\''`)}'`} --live`;
}

let busy = false;
async function refresh() {
  if (busy || !status) return;
  const reading = status.runs.some((run) => run.read < 1);
  if (reading && performance.now() < drawn + 1000 * REDRAW_SECONDS) return;
  busy = true;
  drawn = performance.now();
  try {
    for (const chart of [...visible]) if (chart.place.clientWidth) await chart.load(status.runs.map((run) => run.version).join());
  } finally {
    busy = false;
  }
}

async function look() {
  let pause = SECONDS;
  try {
    if (!document.hidden) {
      const answer = await fetch("status");
      if (!answer.ok) throw new Error(answer.statusText);
      status = await answer.json();
      element("state").textContent = "";
      heads(status.runs);
      arrange(status.panels);
      if (status.runs.some((run) => run.read < 1)) pause = READING_SECONDS;
      else document.body.dataset.read = "all";
      await refresh();
    }
  } catch (error) {
    element("state").textContent = "not connected: the dashboard has ended, or is busy";
    if (!(error instanceof TypeError)) console.warn(error);
  }
  setTimeout(look, 1000 * pause);
}

function redraw() {
  for (const chart of charts.values()) chart.draw();
}

element("axis").addEventListener("change", (event) => { view.axis = event.target.value; redraw(); });
element("smoothing").addEventListener("change", (event) => { view.smoothing = Number(event.target.value); redraw(); });
element("run").addEventListener("change", (event) => { view.run = Number(event.target.value); redraw(); });
function showMatch(on) {
  document.body.classList.toggle("live", on);
  element("show").setAttribute("aria-expanded", on);
  element("live").hidden = !on;
}
const embed = (address) => element("match").replaceChildren(make("iframe", { title: "live match", src: address }));
element("show").addEventListener("click", () => showMatch(element("live").hidden));
element("connect").addEventListener("click", () => embed(`http://${location.hostname}:${Number(element("port").value)}/`));
if (document.body.dataset.match) { // the command that plays it has served this page
  element("ask").hidden = true;
  embed(document.body.dataset.match);
  showMatch(true);
}
let resizing = 0;
new ResizeObserver(() => {
  cancelAnimationFrame(resizing);
  resizing = requestAnimationFrame(() => { for (const chart of charts.values()) chart.resize(); });
}).observe(element("sections"));
element("sections").addEventListener("toggle", () => { redraw(); refresh(); }, true);
document.addEventListener("visibilitychange", refresh);
window.dashboard = { view, charts, get status() { return status; } };
look();
