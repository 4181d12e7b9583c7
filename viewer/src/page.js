// Small things that every part of the page needs.

export const element = (id) => document.getElementById(id);

export function make(tag, className = "", text = "", parent = undefined) {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  if (parent) parent.append(made);
  return made;
}

// Only where it changes: a browser lays out again whatever is written.
export function write(target, text) {
  if (target.textContent !== String(text)) target.textContent = text;
}

// Handles clicks on a button without letting it take the keyboard from the viewer.
export function press(button, act) {
  button.addEventListener("click", (event) => {
    act();
    if (event.detail) button.blur(); // by pointer; who came by Tab stays where they are
  });
}

export function fill(select, options, chosen, changed) {
  for (const [value, text] of options) select.append(new Option(text, value, value === chosen, value === chosen));
  select.addEventListener("change", () => {
    changed(select.value);
    select.blur();
  });
}
