// Numbers and times as people read them.

export function number(value) {
  if (value === null || value === undefined) return "–";
  const size = Math.abs(value);
  if (size >= 1000) return Math.round(value).toLocaleString("en");
  if (size !== 0 && size < 0.001) return value.toExponential(1);
  return String(Number(value.toPrecision(3)));
}

export function steps(value) {
  if (Math.abs(value) >= 1e9) return `${Number((value / 1e9).toFixed(2))}G`;
  if (Math.abs(value) >= 1e6) return `${Number((value / 1e6).toFixed(2))}M`;
  return Math.abs(value) >= 1e3 ? `${Number((value / 1e3).toFixed(1))}k` : String(value);
}

// Beside an axis, where there is room for six characters.
export const short = (value) => (Math.abs(value) >= 1e4 ? steps(value) : number(value));

export function duration(seconds) {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}

export const percent = (share) => `${Math.round(100 * share)}%`;

// An element with attributes, and with text or other elements in it; what a log holds gets in as text alone.
export function make(name, attributes = {}, ...content) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "style") Object.assign(made.style, value);
    else if (value !== false) made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...content.filter((one) => one !== null && one !== undefined));
  return made;
}
