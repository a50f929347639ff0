// SPDX-License-Identifier: Apache-2.0
// connection.js - the protocol (docs/protocol.md) over one WebSocket, as MessagePack keyed by field number.
//
// The page says and hears messages by the names of proto/client.proto; their numbers are those of messages.js.

import { MESSAGES } from "./messages.js";
import { decode, encode } from "./msgpack.js";

const PING_PERIOD_MS = 1000;

const isMessage = (kind) => typeof kind === "string" && kind !== "";
const byNumber = Object.fromEntries(Object.entries(MESSAGES.ServerMessage).map(([name, [number, kind]]) => [number, { name, kind }]));

function converted(kind, isArray, value, convert) {
  if (!isMessage(kind)) {
    return value;
  }
  return isArray ? value.map((item) => convert(kind, item)) : convert(kind, value);
}

/** A message of that type with its fields' numbers as keys. Throws for a name that the type does not have. */
export function numbered(type, message) {
  return Object.fromEntries(Object.entries(message).map(([name, value]) => {
    if (!Object.hasOwn(MESSAGES[type], name)) {
      throw new TypeError(`${type} has no field ${name}`);
    }
    const [number, kind, isArray] = MESSAGES[type][name];
    return [number, converted(kind, isArray, value, numbered)];
  }));
}

/** A message of that type with its fields' names as keys: all of them, also those that were left out. */
export function named(type, message) {
  return Object.fromEntries(Object.entries(MESSAGES[type]).map(([name, [number, kind, isArray]]) => {
    const absent = isArray ? [] : isMessage(kind) ? null : kind;
    return [name, number in message ? converted(kind, isArray, message[number], named) : absent];
  }));
}

export class Connection {
  /** handlers: { <a member of ServerMessage's body>: (body) => {}, closed: (code, reason) => {} } */
  constructor(token, handlers) {
    this.handlers = handlers;
    this.pingMs = null;
    const url = new URL("/v1/play", location.href);
    url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    this.socket = new WebSocket(url, "arena.v1.msgpack");
    this.socket.binaryType = "arraybuffer";
    this.socket.onopen = () => this.say("authenticate", { token });
    this.socket.onmessage = (event) => this.hear(new Uint8Array(event.data));
    this.socket.onclose = (event) => {
      clearInterval(this.pinger);
      handlers.closed(event.code, event.reason);
    };
    this.pinger = setInterval(() => this.ping(), PING_PERIOD_MS);
  }

  /** name: a member of ClientMessage's body. */
  say(name, body) {
    if (this.socket.readyState === WebSocket.OPEN) {
      this.socket.send(encode(numbered("ClientMessage", { [name]: body })));
    }
  }

  ping() {
    if (this.isWelcome) {
      this.say("ping", { client_time: Math.round(performance.now() * 1000) });
    }
  }

  hear(bytes) {
    for (const [number, value] of Object.entries(decode(bytes))) {
      const { name, kind } = byNumber[number] ?? {};
      const body = isMessage(kind) ? named(kind, value) : value;
      if (name === "welcome") {
        this.isWelcome = true;
      } else if (name === "pong") {
        this.pingMs = performance.now() - Number(body.client_time) / 1000;
      }
      this.handlers[name]?.(body);
    }
  }
}
