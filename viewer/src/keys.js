// The keys, what they do, and the panel that lists them.

import { CAMERAS } from "./cameras.js";

// [key, its name on the panel, what it does in words, what it does]
export function bindings(viewer) {
  return [
    [" ", "space", "play, pause", () => viewer.toggle()],
    ["ArrowLeft", "\u2190", "2 seconds back", () => viewer.seek(viewer.time - 2)],
    ["ArrowRight", "\u2192", "2 seconds ahead", () => viewer.seek(viewer.time + 2)],
    [",", ",", "the event before", () => viewer.timeline.step(-1, viewer.time)],
    [".", ".", "the next event", () => viewer.timeline.step(1, viewer.time)],
    ...CAMERAS.map((name, k) => [`${k + 1}`, `${k + 1}`, `camera: ${name}`, () => viewer.look(name)]),
    ["c", "c", "follow the next car", () => viewer.select((viewer.car + 1) % viewer.cars.length)],
    ["r", "r", "goals again in slow motion", () => viewer.switchReplay()],
    ["p", "p", "picture of the other car", () => viewer.switchInset()],
    ["n", "n", "day, night", () => viewer.switchLight()],
    ["t", "t", "names of the cars", () => (viewer.names = !viewer.names)],
    ["h", "h", "hitboxes", () => viewer.switchHitboxes()],
    ["?", "?", "this list", () => toggleHelp()],
    ["Escape", "esc", "close it", () => toggleHelp(true)],
  ];
}

export function listenToKeys(viewer) {
  const keys = bindings(viewer);
  const list = document.createElement("dl");
  for (const [, name, text] of keys) {
    const [key, meaning] = [document.createElement("dt"), document.createElement("dd")];
    key.textContent = name;
    meaning.textContent = text;
    list.append(key, meaning);
  }
  help().append(list);
  help().addEventListener("click", () => toggleHelp(true));
  window.addEventListener("keydown", (event) => {
    const typed = event.key === " " && event.target.tagName === "BUTTON"; // presses it
    if (typed || event.target.tagName === "SELECT" || event.ctrlKey || event.metaKey || event.altKey) return;
    const bound = keys.find(([key]) => key === event.key);
    if (!bound) return;
    const [key, , , act] = bound;
    if (!event.repeat || key.startsWith("Arrow")) act(); // a key held down does not switch to and fro
    event.preventDefault();
  });
}

const help = () => document.getElementById("help");

export function toggleHelp(hide = !help().hidden) {
  help().hidden = hide;
}
