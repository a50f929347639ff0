// SPDX-License-Identifier: Apache-2.0
// controls.js - keyboard and mouse as what the player wants now.

import { Button, WEAPONS } from "./rules.js";

const KEYS = {
  KeyW: Button.UP, ArrowUp: Button.UP, KeyS: Button.DOWN, ArrowDown: Button.DOWN, KeyA: Button.LEFT,
  ArrowLeft: Button.LEFT, KeyD: Button.RIGHT, ArrowRight: Button.RIGHT, KeyR: Button.RELOAD, Space: Button.FIRE,
};

export class Controls {
  constructor(canvas) {
    this.buttons = 0;
    this.weapon = 0; // 0: keep the one in hand
    this.mouse = { x: innerWidth / 2, y: 0 };
    addEventListener("keydown", (event) => this.onKey(event, true));
    addEventListener("keyup", (event) => this.onKey(event, false));
    addEventListener("blur", () => { this.buttons = 0; });
    addEventListener("mousemove", (event) => { this.mouse = { x: event.clientX, y: event.clientY }; });
    canvas.addEventListener("mousedown", () => { this.buttons |= Button.FIRE; });
    addEventListener("mouseup", () => { this.buttons &= ~Button.FIRE; });
    canvas.addEventListener("contextmenu", (event) => event.preventDefault());
  }

  onKey(event, isDown) {
    if (isDown && (event.ctrlKey || event.metaKey || event.altKey || event.target instanceof HTMLInputElement)) {
      return; // the browser's own, or a token being typed
    }
    const weapon = /^Digit[1-9]$/.test(event.code) ? Number(event.code.slice(5)) : 0;
    if (weapon > 0 && weapon < WEAPONS.length && isDown) {
      this.weapon = weapon;
    }
    const button = KEYS[event.code];
    if (button !== undefined) {
      this.buttons = isDown ? this.buttons | button : this.buttons & ~button;
      event.preventDefault();
    }
  }

  /** Towards the mouse from where the own player is drawn, in 1/65536 turn. */
  aimFrom(point) {
    const angle = Math.atan2(this.mouse.y - point.y, this.mouse.x - point.x);
    return Math.round(angle / (2 * Math.PI) * 65536) & 65535;
  }

  takeWeapon() {
    const weapon = this.weapon;
    this.weapon = 0;
    return weapon;
  }
}
