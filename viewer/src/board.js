// Score and clock over the picture, and who is who in it: every car's name with its boost, as text of the page.

import { element, write } from "./page.js";

export class Board {
  // choose(number) is called when a car is clicked.
  constructor(match, choose) {
    this.match = match;
    this.rows = match.cars.map(({ team, name }, number) => {
      const row = document.createElement("button");
      row.className = "car";
      row.title = "follow this car";
      const parts = { name: document.createElement("b"), tank: document.createElement("span"), boost: document.createElement("em") };
      const fill = document.createElement("i");
      parts.name.textContent = name;
      parts.tank.append(fill);
      row.append(parts.name, parts.tank, parts.boost);
      row.addEventListener("click", () => {
        choose(number);
        row.blur(); // give the keyboard back to the viewer
      });
      element(team ? "oranges" : "blues").append(row);
      return { row, fill, boost: parts.boost };
    });
  }

  show(index, time, followed) {
    const [blue, orange] = this.match.score(index);
    write(element("blue"), blue);
    write(element("orange"), orange);
    write(element("clock"), clock(time));
    this.rows.forEach(({ row, fill, boost }, number) => {
      const status = this.match.carStatus(index, number);
      write(boost, status.boost);
      fill.style.width = `${status.boost}%`;
      row.classList.toggle("on", number === followed);
      row.classList.toggle("out", status.demolished);
    });
  }
}

export function clock(seconds) {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
