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

export function card(run, k, single) {
  const { pace, limit, stage } = run;
  const share = pace.total ? Math.min(pace.steps / pace.total, 1) : 0;
  const rows = [
    ["time", time(pace)],
    ["what limits now", limit && limits(limit)],
    ["stage", stage && stages(stage)],
    ["checkpoints", saved(run)],
    ["faults", faults(run)],
  ].filter(([, value]) => value);
  return make(
    "article", { style: { borderColor: RUNS[k] } },
    make("h2", {}, make("i", { style: { background: RUNS[k] } }), run.name, make("span", { class: pace.state }, state(run))),
    make("div", { class: "progress", role: "progressbar", "aria-label": `steps done of ${run.name}`, "aria-valuemin": 0,
      "aria-valuemax": 100, "aria-valuenow": Math.round(100 * share) },
      make("i", { style: { width: percent(share), background: RUNS[k] } })),
    figures(run),
    single || rows.length ? make("dl", {}, ...rows.flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, value)])) : null,
    run.trouble ? make("p", { class: "trouble" }, run.trouble) : null,
  );
}

function state({ pace, read }) {
  if (read < 1) return `reading, ${percent(read)}`;
  return { running: "running", done: "done", quiet: "no news", "": "no update yet" }[pace.state];
}

function time(pace) {
  const total = pace.total ? ` of ${steps(pace.total)} (${percent(pace.steps / pace.total)})` : "";
  const parts = [`${steps(pace.steps)}${total} steps`];
  if (pace.steps) parts.push(`${duration(pace.elapsed)} so far`, `${number(pace.a_second)} steps/s`);
  if (pace.state === "running" && pace.left !== null) parts.push(`${duration(pace.left)} left`);
  return parts.join(" · ");
}

function limits({ collect, update, evaluation, overlap }) {
  const which = collect > update ? "collecting (physics and inference)" : "the update";
  const bar = make("span", { class: "shares" },
    make("i", { style: { flex: collect, background: "#49c6e0" } }), make("i", { style: { flex: update, background: "#b58cf0" } }));
  const between = evaluation ? `; matches take ${percent(evaluation)} of all time` : "";
  const how = overlap ? ", both at once" : "";
  return make("span", {}, which, bar, `collecting ${percent(collect)}, update ${percent(update)}${how}${between}`);
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
    low in newest && high in newest ? make("small", {}, `${number(newest[low])} to ${number(newest[high])}`) : null,
    make("span", {}, title)));
  return items.length ? make("div", { class: "figures" }, ...items) : null;
}
