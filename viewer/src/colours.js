// Colours that people with any kind of colour blindness tell apart (Okabe and Ito 2008), on a dark ground.

const BASIC = ["#e69f00", "#56b4e9", "#009e73", "#f0e442", "#d55e00", "#cc79a7", "#3d8fd1", "#c9c9c9"];
const MIXES = [["#000000", 0], ["#ffffff", 0.55], ["#000000", 0.42]]; // more of them differ in lightness, not in hue

export const TEAMS = ["#4d8fff", "#ff8a1f"];
export const PALE = ["#9cc2ff", "#ffc38a"]; // text of the teams
export const INK = { text: "#c3ccdc", line: "#ffffff26", zero: "#ffffff70", now: "#ffffffd0", mark: "#ffffff" };

const parts = (colour) => [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));

export function series(number) {
  const [other, share] = MIXES[Math.floor(number / BASIC.length) % MIXES.length];
  const to = parts(other);
  const mixed = parts(BASIC[number % BASIC.length]).map((value, k) => Math.round(value + (to[k] - value) * share));
  return `rgb(${mixed.join(",")})`;
}

// The cars of a team differ in their dashes.
export const dash = (numberInTeam) => [[], [6, 3], [2, 3]][numberInTeam % 3];
