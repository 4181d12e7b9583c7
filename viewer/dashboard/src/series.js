// From the curves of a panel, as the server sends them, to what uPlot draws.

import uPlot from "uplot";
import { DASHES, RUNS, faint, term } from "./colors.js";

// Running mean over what is drawn; 0 leaves a curve as it is.
export function smooth(values, amount) {
  if (!amount) return values;
  let mean = 0, weight = 0;
  return values.map((value) => {
    mean = amount * mean + (1 - amount) * value;
    weight = amount * weight + (1 - amount);
    return mean / weight;
  });
}

// Every curve of every shown run: {name, run, color, dash, x, y}.
export function curves(panel, runs, view) {
  const found = [];
  const several = view.names.length > 1;
  runs.forEach((tags, run) => {
    if (!view.shows(run, panel)) return;
    panel.tags.forEach((tag, k) => {
      if (!tags[tag]) return;
      const own = !several || view.single(panel);
      const { steps, hours, values, width } = tags[tag];
      found.push({
        tag, run, width, name: panel.names[k] || (several ? "" : panel.title),
        color: own ? (panel.tags.length === 1 || panel.kind === "band" ? RUNS[run] : term(k)) : RUNS[run],
        dash: own || panel.kind === "band" ? [] : DASHES[k % DASHES.length],
        x: view.axis === "hours" ? hours : steps,
        y: smooth(values, panel.kind === "band" ? 0 : view.smoothing),
      });
    });
  });
  return found;
}

// Lines; of a band the second and third curve are borders of what is filled.
export function lines(panel, found) {
  const options = [], bands = [], runs = new Set(found.map((curve) => curve.run)).size;
  found.forEach((curve, k) => {
    const border = panel.kind === "band" && panel.tags.indexOf(curve.tag) > 0;
    options.push({ stroke: border ? faint(curve.color, 35) : curve.color, width: border ? 0.5 : 1.6, dash: curve.dash });
    const low = found.findIndex((other) => other.run === curve.run && other.tag === panel.tags[1]);
    if (border && curve.tag === panel.tags[2] && low >= 0) {
      bands.push({ series: [k + 1, low + 1], fill: faint(curve.color, runs > 1 ? 9 : 22) });
    }
  });
  const data = found.length ? uPlot.join(found.map((curve) => [curve.x, curve.y])) : [[]];
  return { data, options, bands };
}

// Areas on one another: what pays upwards from zero, what costs downwards, and a line for their sum.
export function areas(found) {
  if (!found.length) return { data: [[]], options: [], bands: [], edges: [] };
  const [x, ...values] = uPlot.join(found.map((curve) => [curve.x, curve.y]));
  const zero = x.map(() => 0);
  const data = [x, zero], options = [{ stroke: "#6b7690", width: 1 }], bands = [], edges = [];
  const sum = zero.slice();
  for (const side of [1, -1]) {
    let last = 1;
    values.forEach((term, k) => {
      const edge = x.map((_, i) => data[last][i] + side * Math.max(side * (term[i] ?? 0), 0));
      data.push(edge);
      const now = data.length - 1, { color } = found[k];
      options.push({ stroke: faint(color, 85), width: 0.6 });
      bands.push({ series: side > 0 ? [now, last] : [last, now], fill: faint(color, 62) });
      edges.push({ curve: found[k], values: term, low: side > 0 ? data[last] : edge, high: side > 0 ? edge : data[last] });
      last = now;
    });
  }
  values.forEach((term) => term.forEach((value, i) => (sum[i] += value ?? 0)));
  data.push(sum);
  options.push({ stroke: "#ffffff", width: 1.4, dash: [4, 3] });
  return { data, options, bands, edges };
}
