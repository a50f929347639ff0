// SPDX-License-Identifier: Apache-2.0
// chat.js - what players of the match say: shown for a while, and typed. Their texts become text nodes, never HTML.

import { element } from "./hud.js";
import { ChatChannel } from "./messages.js";

const LINES = 8;
const UNWELCOME = /[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu; // the server refuses them, see docs/protocol.md
const byId = (id) => document.getElementById(id);

export class Chat {
  /** say({ channel, text }) sends a line. */
  constructor(say) {
    this.say = say;
    this.input = byId("chat-text");
    this.input.addEventListener("keydown", (event) => this.onKey(event));
    this.input.addEventListener("blur", () => this.close());
    this.end();
  }

  /** seats: rows of MatchSeat. The team's channel is there for who has somebody in it. */
  begin(seats, names, ownSlot) {
    const own = seats.find((seat) => seat.slot === ownSlot);
    const hasTeams = seats.some((seat) => seat.team !== 0);
    this.hasTeam = hasTeams && seats.some((seat) => seat !== own && seat.team === own?.team);
    this.names = names;
    this.ownSlot = ownSlot;
    this.isOn = true;
  }

  end() {
    this.isOn = false;
    this.close();
    byId("chat-lines").replaceChildren();
  }

  open() {
    if (this.isOn) {
      this.choose(ChatChannel.CHAT_ALL);
      byId("chat").classList.add("open");
      this.input.hidden = false;
      this.input.focus();
    }
  }

  close() {
    byId("chat").classList.remove("open");
    this.input.hidden = true;
    this.input.value = "";
  }

  choose(channel) {
    this.channel = channel;
    const other = this.hasTeam ? ` (Tab: ${channel === ChatChannel.CHAT_ALL ? "team" : "all"})` : "";
    this.input.placeholder = `to ${channel === ChatChannel.CHAT_ALL ? "all" : "your team"}${other}`;
  }

  onKey(event) {
    event.stopPropagation(); // the game hears nothing of what is typed
    if (event.isComposing) {
      return;
    }
    if (event.code === "Tab" && this.hasTeam) {
      event.preventDefault();
      this.choose(this.channel === ChatChannel.CHAT_ALL ? ChatChannel.CHAT_TEAM : ChatChannel.CHAT_ALL);
    } else if (event.key === "Enter") {
      const text = this.input.value.replace(UNWELCOME, "").trim();
      if (text !== "") {
        this.say({ channel: this.channel, text });
      }
      this.close();
    } else if (event.key === "Escape") {
      this.close();
    }
  }

  /** message: a ChatMessage. One that is late is not for the lobby. */
  show(message) {
    if (!this.isOn) {
      return;
    }
    const { slot } = message;
    const name = `${this.names.get(slot) ?? message.player_id}${message.channel === ChatChannel.CHAT_TEAM ? " (team)" : ""}`;
    const line = element("li", "");
    line.append(element("bdi", name, slot === this.ownSlot ? "own" : "name"), " ", element("bdi", message.text));
    this.append(line);
  }

  /** A line for this player alone. */
  note(text) {
    this.append(element("li", text, "note"));
  }

  append(line) {
    const lines = byId("chat-lines");
    lines.append(line);
    while (lines.children.length > LINES) {
      lines.firstChild.remove();
    }
  }
}
