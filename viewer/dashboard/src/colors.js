// Colours that can be told apart on a dark ground, also by those who see fewer of them.

export const RUNS = ["#5aa9ff", "#ff9f40", "#43d3a0", "#ff6b8b", "#c792ea", "#e8d44d", "#56d4ee", "#c3ccd6"];

const TERMS = ["#4e9bff", "#ff9f40", "#43c98f", "#f0607f", "#b58cf0", "#e8d44d", "#49c6e0", "#e084c4", "#9ccc5a",
  "#d98b5f", "#8fa3ff", "#5fb5a5", "#ffc2a1", "#a9b7c6", "#c9a227", "#7fd6ff"];

// The colour of the k-th of many; from the 17th on they repeat, darker.
export function term(k) {
  const color = TERMS[k % TERMS.length];
  return k < TERMS.length ? color : `color-mix(in srgb, ${color} 60%, #10141d)`;
}

export const DASHES = [[], [7, 4], [2, 3]]; // of the curves of a chart, where runs have the colours

export function faint(color, percent) {
  return `color-mix(in srgb, ${color} ${percent}%, transparent)`;
}
