// SPDX-License-Identifier: Apache-2.0
// connection.js - the protocol (docs/protocol.md) over one WebSocket, as MessagePack keyed by field number.

import { decode, encode } from "./msgpack.js";

// Fields of ClientMessage and ServerMessage in proto/client.proto.
export const Say = {
  AUTHENTICATE: 2, INPUT: 3, CREATE_TICKET: 4, CANCEL_TICKET: 5, JOIN_MATCH: 6, LEAVE_MATCH: 7, WATCH_MATCH: 8,
  STOP_WATCHING: 9, PING: 10, CHAT: 11,
};
export const Hear = {
  SNAPSHOT: 2, WELCOME: 3, TICKET: 4, MATCH_FOUND: 5, MATCH_JOINED: 6, MATCH_ENDED: 7, ERROR: 8, PONG: 9, WATCHING: 10,
  WATCH_ENDED: 11, CHAT_MESSAGE: 12,
};
const PING_PERIOD_MS = 1000;

export class Connection {
  /** handlers: { [Hear.X]: (body) => {}, closed: (code, reason) => {} } */
  constructor(token, handlers) {
    this.handlers = handlers;
    this.pingMs = null;
    const url = new URL("/v1/play", location.href);
    url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    this.socket = new WebSocket(url, "arena.v1.msgpack");
    this.socket.binaryType = "arraybuffer";
    this.socket.onopen = () => this.say(Say.AUTHENTICATE, { 1: token });
    this.socket.onmessage = (event) => this.hear(new Uint8Array(event.data));
    this.socket.onclose = (event) => {
      clearInterval(this.pinger);
      handlers.closed(event.code, event.reason);
    };
    this.pinger = setInterval(() => this.ping(), PING_PERIOD_MS);
  }

  say(field, body) {
    if (this.socket.readyState === WebSocket.OPEN) {
      this.socket.send(encode({ [field]: body }));
    }
  }

  ping() {
    if (this.isWelcome) {
      this.say(Say.PING, { 1: Math.round(performance.now() * 1000) });
    }
  }

  hear(bytes) {
    const message = decode(bytes);
    for (const [field, body] of Object.entries(message)) {
      if (Number(field) === Hear.WELCOME) {
        this.isWelcome = true;
      } else if (Number(field) === Hear.PONG) {
        this.pingMs = performance.now() - Number(body[1]) / 1000;
      }
      this.handlers[field]?.(body);
    }
  }
}
