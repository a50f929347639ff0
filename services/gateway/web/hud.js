// SPDX-License-Identifier: Apache-2.0
// hud.js - the texts around the canvas: time, scores, what happened, the own player's state.

import { Event, Phase, POWER_UPS, SLOT_NONE, WEAPONS } from "./rules.js";

const FEED_LINES = 6;
const SCORE_LINES = 8;
const byId = (id) => document.getElementById(id);

export function element(tag, text, className = "") {
  const made = document.createElement(tag);
  made.textContent = text;
  made.className = className;
  return made;
}

export class Hud {
  clear() {
    ["clock", "scores", "feed", "self"].forEach((id) => byId(id).replaceChildren());
  }

  show(view, names, ownSlot, pingMs) {
    const seconds = Math.ceil(view.ticksLeft / 60);
    const time = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    byId("clock").textContent = view.phase === Phase.WARMUP ? "warm-up" : view.phase === Phase.OVER ? "over"
      : view.phase === Phase.OVERTIME ? `overtime ${time}` : time;
    byId("ping").textContent = pingMs === null ? "" : `${pingMs.toFixed(0)} ms`;
    byId("self").textContent = this.selfText(view.self);
    const scores = [...view.scores].sort((a, b) => b.kills - a.kills || a.deaths - b.deaths).slice(0, SCORE_LINES);
    byId("scores").replaceChildren(...scores.map((score) => {
      const line = element("li", names.get(score.slot) ?? `#${score.slot}`, score.slot === ownSlot ? "own" : "");
      line.append(element("span", `${score.kills} / ${score.deaths}`));
      return line;
    }));
    view.events.forEach((event) => this.addToFeed(event, names));
  }

  selfText(self) {
    if (!self) {
      return "";
    }
    if (self.state === 0) {
      return `back in ${Math.ceil(self.respawn / 60)} s`;
    }
    const weapon = WEAPONS[self.weapon];
    const shots = self.reload > 0 ? "reloading" : `${self.ammunition[self.weapon]} / ${weapon.magazine}`;
    const effects = self.effects.map((ticks, kind) => (ticks > 0 ? `   ${POWER_UPS[kind]} ${Math.ceil(ticks / 60)} s` : ""));
    return `♥ ${self.health}   ${weapon.name} ${shots}${effects.join("")}`;
  }

  addToFeed(event, names) {
    if (event.kind !== Event.DEATH) {
      return;
    }
    const nameOf = (slot) => names.get(slot) ?? `#${slot}`;
    const by = event.other === SLOT_NONE ? "" : `${nameOf(event.other)} → `;
    const feed = byId("feed");
    feed.append(element("li", `${by}${nameOf(event.subject)}  ${WEAPONS[event.weapon]?.name ?? ""}`));
    while (feed.children.length > FEED_LINES) {
      feed.firstChild.remove();
    }
  }
}

// Who won is the engine's word: places and who left are in the standings, nothing is derived from scores.
export function outcomeText(ended) {
  const winners = ended.standings.filter((standing) => standing.place === 1).map((standing) => standing.player_id);
  switch (ended.outcome) {
    case "won":
      return `The match is over: won by ${winners.join(", ")}.`;
    case "draw":
      return "The match is over: a draw.";
    default:
      return "The match was ended before it was decided.";
  }
}

export function showStandings(standings) {
  const rows = standings.map((standing) => {
    const row = document.createElement("tr");
    const texts = [standing.player_id, standing.score, `${standing.kills} / ${standing.deaths}`];
    row.append(element("td", `${standing.place}. ${texts[0]}${standing.left_tick ? " (left)" : ""}`), ...texts.slice(1).map((text) => element("td", text)));
    return row;
  });
  byId("standings").replaceChildren(...rows);
  byId("standings").hidden = rows.length === 0;
}
