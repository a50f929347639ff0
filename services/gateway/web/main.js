// SPDX-License-Identifier: Apache-2.0
// main.js - the page's flow: token, connection, queue, match or watching, and back.
//
// ?queue=duel enters a queue at once, ?watch watches at once; both are for demonstrations and tests. ?rate=30 asks for 30
// snapshots a second (60, 30 or 20).

import { Chat } from "./chat.js";
import { InputClock } from "./clock.js";
import { Connection } from "./connection.js";
import { Controls } from "./controls.js";
import { Hud, outcomeText, showStandings } from "./hud.js";
import { parseMap } from "./map.js";
import { TicketState } from "./messages.js";
import { Renderer } from "./renderer.js";
import { WEAPONS } from "./rules.js";
import { decodeSnapshot, encodeInput } from "./snapshot.js";

const TICK_MS = 1000 / 60;
const INPUTS_AT_ONCE = 3; // after a pause of the page, no more are made up for
const byId = (id) => document.getElementById(id);

const canvas = byId("arena");
const renderer = new Renderer(canvas);
const controls = new Controls(canvas);
const hud = new Hud();
const chat = new Chat((line) => connection.say("chat", line));
let connection = null;
let match = null; // { map, names, ownSlot, view, sequence, clock, nextInputMs, isWatching }

function status(text) {
  byId("status").textContent = text;
}

function showLobby(text) {
  match = null;
  hud.clear();
  chat.end();
  byId("lobby").hidden = false;
  byId("choices").hidden = false;
  byId("cancel").hidden = true;
  status(text);
}

/** Guests have long names. */
function shortName(playerId) {
  return playerId.length > 14 ? `${playerId.slice(0, 13)}…` : playerId;
}

// ---- beginning and end of a match ------------------------------------------------------------------

/** body: a MatchJoined or a Watching. */
async function begin(body, isWatching) {
  const names = new Map(body.seats.map((seat) => [seat.slot, shortName(seat.player_id)]));
  const begun = {
    map: { width: 2000, height: 2000, walls: [], polygons: [] }, names, ownSlot: isWatching ? null : body.slot, view: null,
    sequence: 0, clock: new InputClock(), nextInputMs: performance.now(), isWatching,
  };
  match = begun;
  hud.clear();
  if (!isWatching) {
    chat.begin(body.seats, names, begun.ownSlot);
  }
  byId("lobby").hidden = true;
  showStandings([]);
  if (body.map_text) {
    begun.map = parseMap(body.map_text);
    return;
  }
  const answer = await fetch(`/v1/maps/${encodeURIComponent(body.map)}`);
  if (answer.ok) {
    begun.map = await answer.json();
  }
}

function onSnapshot(bytes) {
  if (!match) {
    return;
  }
  try {
    match.view = decodeSnapshot(match.view, bytes);
  } catch (error) {
    console.error("snapshot", error); // the next keyframe heals it
    return;
  }
  if (!match.isWatching) {
    match.clock.observe(match.view.tick, match.view.inputSequence, match.view.inputDepth, match.sequence + 1);
  }
  hud.show(match.view, match.names, match.ownSlot, connection.pingMs);
}

/** Snapshots a second that the page's address asks for; 0: as many as there are. */
function requestedRate() {
  const rate = Number(new URLSearchParams(location.search).get("rate"));
  return [60, 30, 20].includes(rate) ? rate : 0;
}

const TICKET_TEXTS = {
  [TicketState.QUEUED]: "queued", [TicketState.SEARCHING]: "searching", [TicketState.PLACING]: "found, being placed",
  [TicketState.COMPLETED]: "found", [TicketState.FAILED]: "failed", [TicketState.CANCELLED]: "cancelled",
  [TicketState.TIMED_OUT]: "timed out",
};

const handlers = {
  welcome: (welcome) => {
    showLobby(`You are ${welcome.player_id}.`);
    const parameters = new URLSearchParams(location.search);
    if (parameters.has("queue")) {
      enter(parameters.get("queue"));
    } else if (parameters.has("watch")) {
      connection.say("watch_match", {});
    }
  },
  ticket: (ticket) => {
    const isOpen = ticket.state < TicketState.COMPLETED;
    byId("choices").hidden = false;
    byId("cancel").hidden = !isOpen;
    const wait = isOpen && ticket.estimated_wait_time_ms ? `, about ${Math.ceil(ticket.estimated_wait_time_ms / 1000)} s` : "";
    const reason = ticket.status_message ? ` (${ticket.status_message})` : "";
    status(`${ticket.queue}: ${TICKET_TEXTS[ticket.state]}${wait}${reason}`);
  },
  match_found: (found) => connection.say("join_match", { join_token: found.join_token, rate_hz: requestedRate() }),
  match_joined: (joined) => begin(joined, false),
  watching: (watching) => begin(watching, true),
  snapshot: onSnapshot,
  chat_message: (message) => chat.show(message),
  match_ended: (ended) => {
    showLobby(outcomeText(ended));
    showStandings(ended.standings);
  },
  watch_ended: (ended) => showLobby(`Watching has ended: ${ended.reason}.`),
  error: (error) => {
    if (match && error.context.startsWith("chat")) {
      chat.note(error.message || error.code);
    } else if (match && error.code !== "GAME_NOT_FOUND") {
      console.warn("server", error);
    } else {
      showLobby(`${error.code}: ${error.message}`);
    }
  },
  closed: (code, reason) => {
    showLobby(`The connection has ended (${code}${reason ? `, ${reason}` : ""}). Reload the page to play on.`);
    byId("choices").hidden = true;
  },
};

// ---- what the player does --------------------------------------------------------------------------

function enter(queue) {
  showStandings([]);
  connection.say("create_ticket", { queue });
}

function leave() {
  if (match) {
    connection.say(match.isWatching ? "stop_watching" : "leave_match", {});
    showLobby("You have left.");
  }
}

/** As many inputs as ticks have passed: never more than 60 a second, whatever the timers do. */
function sendInputs() {
  if (!match || match.isWatching || !match.view) {
    return;
  }
  const now = performance.now();
  const missedTicks = Math.floor((now - match.nextInputMs) / TICK_MS) - INPUTS_AT_ONCE;
  if (missedTicks > 0) {
    match.clock.skip(missedTicks);
    match.nextInputMs += missedTicks * TICK_MS;
  }
  for (; match.nextInputMs <= now; match.nextInputMs += TICK_MS) {
    if (!match.clock.advance()) {
      continue;
    }
    match.sequence++;
    connection.say("input", encodeInput({
      sequence: match.sequence, tick: match.clock.tickOf(match.sequence), buttons: controls.buttons, aim: controls.aimFrom(renderer.centre),
      weapon: controls.takeWeapon(), seen: match.view.tick,
    }));
  }
}

function onFrame() {
  if (match) {
    renderer.draw(match.map, match.view, match.names);
  }
  requestAnimationFrame(onFrame);
}

// ---- start -----------------------------------------------------------------------------------------

function connect(token) {
  connection = new Connection(token, handlers);
}

async function start() {
  const answer = await fetch("/v1/guest-token", { method: "POST" });
  if (answer.ok) {
    connect((await answer.json()).token);
    return;
  }
  status("");
  byId("token-form").hidden = false;
  byId("token-form").addEventListener("submit", (event) => {
    event.preventDefault();
    byId("token-form").hidden = true;
    connect(byId("token").value.trim());
  });
}

byId("weapons").textContent = `1 to ${WEAPONS.length - 1} for ${WEAPONS.slice(1).map(({ name }) => name).join(", ")}`;
document.querySelectorAll("[data-queue]").forEach((button) => {
  button.addEventListener("click", () => enter(button.dataset.queue));
});
byId("watch").addEventListener("click", () => connection.say("watch_match", {}));
byId("cancel").addEventListener("click", () => connection.say("cancel_ticket", {}));
addEventListener("keydown", (event) => {
  if (event.code === "Escape") {
    leave();
  } else if (event.key === "Enter" && !event.repeat && !event.isComposing && !(event.target instanceof HTMLInputElement)) {
    chat.open();
  }
});
setInterval(sendInputs, 4);
requestAnimationFrame(onFrame);
start().catch((error) => status(`The server cannot be reached: ${error.message}`));
