// The tabs beside the scene: only the one that is open is drawn.

import { element, make } from "./page.js";

export class Tabs {
  // views: {name: {draw(time, car, seconds)}}, each with its own element, which is given to it as it is made.
  constructor(makers, changed) {
    this.views = {};
    this.buttons = {};
    this.changed = changed;
    for (const [name, maker] of Object.entries(makers)) {
      const id = `tab-${name.replaceAll(" ", "-")}`;
      const button = make("button", "", name, element("tabs"));
      Object.assign(button, { id, type: "button" });
      button.setAttribute("role", "tab");
      button.setAttribute("aria-controls", `${id}-panel`);
      button.addEventListener("click", () => this.open(name));
      const panel = make("div", "panel", "", element("panels"));
      Object.assign(panel, { id: `${id}-panel`, tabIndex: 0 });
      panel.setAttribute("role", "tabpanel");
      panel.setAttribute("aria-labelledby", id);
      this.views[name] = { panel, view: maker(panel) };
      this.buttons[name] = button;
    }
    element("tabs").addEventListener("keydown", (event) => this.move(event));
    this.open(Object.keys(makers)[0]);
  }

  open(name) {
    this.name = name;
    for (const [other, button] of Object.entries(this.buttons)) {
      button.setAttribute("aria-selected", other === name);
      button.tabIndex = other === name ? 0 : -1;
      this.views[other].panel.hidden = other !== name;
    }
    this.changed(this.view);
  }

  get view() {
    return this.views[this.name].view;
  }

  // Arrow keys between tabs, as screen readers expect; elsewhere they move through the match.
  move(event) {
    const names = Object.keys(this.buttons);
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    event.stopPropagation();
    event.preventDefault();
    this.open(names[(names.indexOf(this.name) + step + names.length) % names.length]);
    this.buttons[this.name].focus();
  }
}
