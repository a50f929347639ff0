// SPDX-License-Identifier: Apache-2.0
// main.js - the page's flow: token, connection, queue, match or watching, and back.
//
// ?queue=duel enters a queue at once, ?watch watches at once; both are for demonstrations and tests. ?rate=30 asks for 30
// snapshots a second (60, 30 or 20).

import { Chat } from "./chat.js";
import { InputClock } from "./clock.js";
import { Connection, Hear, Say } from "./connection.js";
import { Controls } from "./controls.js";
import { Hud, showStandings } from "./hud.js";
import { parseMap } from "./map.js";
import { Renderer } from "./renderer.js";
import { decodeSnapshot, encodeInput } from "./snapshot.js";

const TICK_MS = 1000 / 60;
const INPUTS_AT_ONCE = 3; // after a pause of the page, at most so many are sent at once
const byId = (id) => document.getElementById(id);

const canvas = byId("arena");
const renderer = new Renderer(canvas);
const controls = new Controls(canvas);
const hud = new Hud();
const chat = new Chat((line) => connection.say(Say.CHAT, line));
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

async function begin(body, fields, isWatching) {
  const seats = body[fields.seats] ?? [];
  const names = new Map(seats.map((seat) => [seat[1] ?? 0, shortName(seat[2])]));
  const begun = {
    map: { width: 2000, height: 2000, walls: [], polygons: [] }, names, ownSlot: isWatching ? null : body[2] ?? 0, view: null,
    sequence: 0, clock: new InputClock(), nextInputMs: performance.now(), isWatching,
  };
  match = begun;
  hud.clear();
  if (!isWatching) {
    chat.begin(seats, names, begun.ownSlot);
  }
  byId("lobby").hidden = true;
  showStandings([]);
  if (body[fields.mapText]) {
    begun.map = parseMap(body[fields.mapText]);
    return;
  }
  const answer = await fetch(`/v1/maps/${encodeURIComponent(body[fields.map])}`);
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

const handlers = {
  [Hear.WELCOME]: (welcome) => {
    showLobby(`You are ${welcome[1]}.`);
    const parameters = new URLSearchParams(location.search);
    if (parameters.has("queue")) {
      enter(parameters.get("queue"));
    } else if (parameters.has("watch")) {
      connection.say(Say.WATCH_MATCH, {});
    }
  },
  [Hear.TICKET]: (ticket) => {
    const state = ["", "queued", "searching", "found, being placed", "found", "failed", "cancelled", "timed out"][ticket[4]];
    const isOpen = ticket[4] < 4;
    byId("choices").hidden = false;
    byId("cancel").hidden = !isOpen;
    const wait = isOpen && ticket[7] ? `, about ${Math.ceil(ticket[7] / 1000)} s` : "";
    status(`${ticket[3]}: ${state}${wait}${ticket[6] ? ` (${ticket[6]})` : ""}`);
  },
  [Hear.MATCH_FOUND]: (found) => connection.say(Say.JOIN_MATCH, { 1: found[3], 2: requestedRate() }),
  [Hear.MATCH_JOINED]: (joined) => begin(joined, { map: 5, seats: 7, mapText: 8 }, false),
  [Hear.WATCHING]: (watching) => begin(watching, { map: 4, seats: 6, mapText: 7 }, true),
  [Hear.SNAPSHOT]: onSnapshot,
  [Hear.CHAT_MESSAGE]: (message) => chat.show(message),
  [Hear.MATCH_ENDED]: (ended) => {
    showLobby("The match is over.");
    showStandings(ended[4] ?? []);
  },
  [Hear.WATCH_ENDED]: (ended) => showLobby(`Watching has ended: ${ended[2]}.`),
  [Hear.ERROR]: (error) => {
    if (match && error[3]?.startsWith("chat")) {
      chat.note(error[2] ?? error[1]);
    } else if (match && error[1] !== "GAME_NOT_FOUND") {
      console.warn("server", error);
    } else {
      showLobby(`${error[1]}: ${error[2] ?? ""}`);
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
  connection.say(Say.CREATE_TICKET, { 2: queue });
}

function leave() {
  if (match) {
    connection.say(match.isWatching ? Say.STOP_WATCHING : Say.LEAVE_MATCH, {});
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
    connection.say(Say.INPUT, encodeInput({
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

document.querySelectorAll("[data-queue]").forEach((button) => {
  button.addEventListener("click", () => enter(button.dataset.queue));
});
byId("watch").addEventListener("click", () => connection.say(Say.WATCH_MATCH, {}));
byId("cancel").addEventListener("click", () => connection.say(Say.CANCEL_TICKET, {}));
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
