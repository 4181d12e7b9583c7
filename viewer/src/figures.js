// The figures of play of all cars, from the beginning of the match to the present time.

import { PALE } from "./colours.js";
import { make, write } from "./page.js";

export class Figures {
  constructor(panel, match) {
    this.match = match;
    this.timeless = true; // always from the beginning of the match
    if (match.figureNames.length === 0) {
      make("p", "note", "This match was recorded before figures were.", panel);
      return;
    }
    const table = make("table", "figures", "", panel);
    const head = make("tr", "", "", make("thead", "", "", table));
    make("th", "", "so far", head).scope = "col";
    for (const { name, team } of match.cars) {
      const cell = make("th", "", name, head);
      cell.scope = "col";
      cell.style.color = PALE[team];
    }
    const body = make("tbody", "", "", table);
    this.rows = match.figureNames.map(({ name, unit, meaning }) => {
      const row = make("tr", "", "", body);
      row.title = meaning;
      const heading = make("th", "", name, row);
      heading.scope = "row";
      make("small", "", unit ? ` ${unit}` : "", heading);
      return match.cars.map(() => make("td", "", "", row));
    });
    make("p", "note", "Of this match from its beginning, or since the bot that plays took over. Hover a row for its meaning.", panel);
  }

  draw(time) {
    if (!this.rows) return;
    this.rows.forEach((cells, figure) => {
      const values = cells.map((_, car) => this.match.figure(time, car, figure));
      const most = Math.max(...values.filter((value) => value !== undefined));
      const apart = values.some((value) => value !== most);
      cells.forEach((cell, car) => {
        write(cell, values[car] === undefined ? "\u2013" : shown(values[car], this.match.figureNames[figure].step));
        cell.classList.toggle("most", apart && values[car] === most);
      });
    });
  }
}

const shown = (value, step) => (step < 1 ? value.toFixed(1) : Math.round(value).toLocaleString("en"));
