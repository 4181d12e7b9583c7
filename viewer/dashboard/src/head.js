// The card of a run: how far it is, what limits it, its stage, its faults, its checkpoints.

import { RUNS } from "./colors.js";
import { duration, make, number, percent, steps } from "./text.js";

// The figures that say most, with their intervals where there are any: [title, tag, low, high].
const FIGURES = [
  ["rating", "rating/elo", "rating/elo_low", "rating/elo_high"],
  ["win rate", "eval/win_rate", "eval/win_rate_low", "eval/win_rate_high"],
  ["goals scored a match", "eval/goals_for"],
  ["goals conceded a match", "eval/goals_against"],
  ["touches a minute", "game/touches_per_minute"],
  ["reward a decision", "reward/total_mean"],
];

// Several runs side by side: a line each.
export function table(runs) {
  const shown = FIGURES.filter(([, tag]) => runs.some((run) => tag in run.newest));
  const heads = ["run", "", "steps", ...shown.map(([title]) => title), "limit", "stage", "steps/s", "left", "checkpoints", "faults"];
  const cell = (...content) => make("td", {}, ...content);
  const rows = runs.map((run, k) => make("tr", {},
    make("th", { scope: "row" }, make("i", { style: { background: RUNS[k] } }), run.name),
    cell(make("span", { class: run.pace.state }, state(run))),
    cell(`${steps(run.pace.steps)}${run.pace.total ? `\u00a0of\u00a0${steps(run.pace.total)}` : ""}`, progress(run, k)),
    ...shown.map(([, tag, low, high]) => cell(number(run.newest[tag]), interval(run.newest, low, high))),
    cell(run.limit ? `${run.limit.most} ${percent(run.limit.shares[run.limit.most])}` : ""),
    cell(run.stage ? `${run.stage.number + 1}/${run.stage.count}` : ""),
    cell(number(run.pace.a_second)),
    cell(run.pace.state === "running" && run.pace.left !== null ? duration(run.pace.left) : ""),
    cell(String(run.checkpoints.length)),
    cell(faults(run) ?? "", run.trouble ? make("p", { class: "trouble" }, run.trouble) : null)));
  const head = make("tr", {}, ...heads.map((name) => (name ? make("th", { scope: "col" }, name) : make("td"))));
  return make("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "runs" },
    make("table", {}, make("thead", {}, head), make("tbody", {}, ...rows)));
}

function progress(run, k) {
  const share = run.pace.total ? Math.min(run.pace.steps / run.pace.total, 1) : 0;
  return make("div", { class: "progress", role: "progressbar", "aria-label": `steps done of ${run.name}`, "aria-valuemin": 0,
    "aria-valuemax": 100, "aria-valuenow": Math.round(100 * share) },
    make("i", { style: { width: percent(share), background: RUNS[k] } }));
}

function interval(newest, low, high) {
  return low in newest && high in newest ? make("small", {}, `${number(newest[low])} to ${number(newest[high])}`) : null;
}

export function card(run) {
  const { pace, limit, stage } = run;
  const rows = [
    ["time", time(pace)],
    ["what limits now", limit && limits(limit)],
    ["stage", stage && stages(stage)],
    ["checkpoints", saved(run)],
    ["faults", faults(run)],
  ].filter(([, value]) => value);
  return make(
    "article", {},
    make("h2", {}, make("i", { style: { background: RUNS[0] } }), run.name, make("span", { class: pace.state }, state(run))),
    progress(run, 0),
    figures(run),
    make("dl", {}, ...rows.flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, value)])),
    run.trouble ? make("p", { class: "trouble" }, run.trouble) : null,
  );
}

function state({ pace, read }) {
  if (read < 1) return `reading, ${percent(read)}`;
  return { running: "running", done: "done", quiet: `no news for ${duration(pace.silence)}`, "": "no update yet" }[pace.state];
}

function time(pace) {
  const total = pace.total ? ` of ${steps(pace.total)} (${percent(pace.steps / pace.total)})` : "";
  const parts = [`${steps(pace.steps)}${total} steps`];
  if (pace.steps) parts.push(`${duration(pace.elapsed)} so far`, `${number(pace.a_second)} steps/s`);
  if (pace.state === "running" && pace.left !== null) parts.push(`${duration(pace.left)} left`);
  return parts.join(" · ");
}

// Runs of earlier versions have logged no more than collecting, which is physics and inference.
const LIMITS = {
  physics: ["physics", "#43d3a0"], inference: ["inference", "#49c6e0"],
  collecting: ["collecting (physics and inference)", "#49c6e0"], update: ["the update", "#b58cf0"],
};

function limits({ shares, most, evaluation, overlap }) {
  const parts = Object.entries(shares);
  const bar = make("span", { class: "shares" },
    ...parts.map(([name, share]) => make("i", { style: { flex: share, background: LIMITS[name][1] } })));
  const between = evaluation >= 0.01 ? `; matches take ${percent(evaluation)} of all time` : "";
  const how = overlap ? ", collecting and update at once" : "";
  const said = parts.map(([name, share]) => `${name} ${percent(share)}`).join(", ");
  return make("span", {}, LIMITS[most][0], bar, `${said}${how}${between}`);
}

function stages({ number: at, count, begun, missing }) {
  const before = begun.length ? `, begun at ${steps(begun[begun.length - 1])} steps` : "";
  if (!missing.length) return `${at + 1} of ${count}${before}: the last one`;
  const goals = missing.map(({ name, now, needed }) => make("li", {},
    `${name.replaceAll("_", " ")}: ${number(now)} of ${number(needed)}`,
    make("meter", { min: 0, max: needed, value: now ?? 0, "aria-label": name.replaceAll("_", " ") })));
  return make("span", {}, `${at + 1} of ${count}${before}; the next waits for`, make("ul", {}, ...goals));
}

function saved({ checkpoints, checkpoint_folder: folder }) {
  if (!checkpoints.length) return folder ? `none in ${folder}` : null;
  const [name, at] = checkpoints[checkpoints.length - 1];
  const best = checkpoints.find(([each]) => each === "best");
  return `${checkpoints.length}, newest ${name} (${steps(at)} steps)${best ? `, best at ${steps(best[1])}` : ""}`;
}

function faults({ faults: counts, pace }) {
  const found = Object.entries(counts);
  if (!found.length) return pace.steps ? "none" : null;
  return make("b", { class: "trouble" }, found.map(([name, count]) => `${count} ${name}`).join(", "));
}

function figures({ newest }) {
  const items = FIGURES.filter(([, tag]) => tag in newest).map(([title, tag, low, high]) => make("div", {},
    make("b", {}, number(newest[tag])),
    interval(newest, low, high),
    make("span", {}, title)));
  return items.length ? make("div", { class: "figures" }, ...items) : null;
}
