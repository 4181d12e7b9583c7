// What stands beside the pointer over a chart: the values there, the nearest curve or the area it is in first.

import { make, number, steps } from "./text.js";

const MOST = 14; // lines

// The index of the point of a curve that is nearest to `at`; its x rises.
export function nearest(x, at) {
  let low = 0, high = x.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (x[middle] < at) low = middle;
    else high = middle;
  }
  return at - x[low] < x[high] - at ? low : high;
}

// Lines as {curve, value, near}; `at` and `height` are x and y at the pointer.
export function rows(chart, at, height) {
  const scale = chart.plot.scales.y, span = scale.max - scale.min || 1;
  if (chart.edges) {
    const k = nearest(chart.plot.data[0], at);
    const inside = chart.edges.find((edge) => edge.low[k] < height && height <= edge.high[k]);
    const seen = chart.found.map((curve, term) => ({ curve, value: chart.edges[term].values[k] ?? 0 }));
    seen.forEach((row) => (row.near = inside !== undefined && row.curve === inside.curve));
    return seen.sort((a, b) => b.near - a.near || Math.abs(b.value) - Math.abs(a.value));
  }
  const seen = chart.found.map((curve) => ({ curve, value: curve.y[nearest(curve.x, at)] }));
  const distance = (row) => Math.abs(row.value - height) / span;
  const closest = Math.min(...seen.map(distance));
  seen.forEach((row) => (row.near = seen.length > 1 && distance(row) === closest));
  return seen;
}

export function show(tip, chart, left, top) {
  const { plot, view } = chart, at = plot.posToVal(left, "x");
  const seen = rows(chart, at, plot.posToVal(top, "y"));
  const width = Math.max(1, ...chart.found.map((curve) => curve.width));
  const head = view.axis === "hours" ? `${at.toFixed(2)} h` : `${steps(Math.round(at))} steps`;
  tip.replaceChildren(make("b", {}, head + (width > 1 ? `, means of ${width} updates` : "")));
  for (const { curve, value, near } of seen.slice(0, MOST)) {
    const run = view.names.length > 1 ? view.names[curve.run] : "";
    const name = [run, curve.name].filter(Boolean).join(" · ");
    const mark = make("i", { style: { background: curve.color } });
    tip.append(make("div", near ? { class: "near" } : {}, mark, make("span", {}, name), make("em", {}, number(value))));
  }
  if (seen.length > MOST) tip.append(make("div", {}, `and ${seen.length - MOST} smaller ones`));
  tip.hidden = false;
  const room = plot.root.clientWidth, own = tip.offsetWidth;
  const x = left + plot.bbox.left / devicePixelRatio;
  tip.style.left = `${Math.max(0, Math.min(x + 14 + own > room ? x - own - 14 : x + 14, room - own))}px`;
  tip.style.top = `${Math.max(0, top - 20)}px`;
}
