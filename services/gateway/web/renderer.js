// SPDX-License-Identifier: Apache-2.0
// renderer.js - draws one view of a match on the canvas.

import { Flag, Scale, WEAPONS } from "./rules.js";
import { playerPosition, projectilePosition } from "./snapshot.js";

const RADIUS = 25;
const VIEWPORT = { width: 1500, height: 1000 }; // units shown to a player
const TEAM_COLOURS = ["#4aa8ff", "#ff6b5e"];
const OWN_COLOUR = "#ffd166";
const POWER_UP_RADIUS = 20;
const POWER_UP_LOOKS = [["#4ad6ff", "»"], ["#ff5e7a", "×2"], ["#b08cff", "◈"], ["#ffd166", "⁂"], ["#7bd88f", "+"]]; // by kind
const Q16 = 65536;
const MARGIN = 60; // units
const REACH = { x: 900, y: 600 }; // RULES_INTEREST_HALF_WIDTH and _HEIGHT

function colourOf(slot, team) {
  return TEAM_COLOURS[team] ?? `hsl(${(slot * 67) % 360} 65% 62%)`;
}

const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

/**
 * The camera's coordinate along one axis: the player's, moved so that little outside of the map is shown, but no further
 * than the server's area of interest reaches.
 */
function within(place, half, size, reach) {
  const edge = Math.min(half - MARGIN, size / 2);
  const slack = Math.max(reach - half, 0);
  return clamp(clamp(place, edge, size - edge), place - slack, place + slack);
}

export class Renderer {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.centre = { x: innerWidth / 2, y: innerHeight / 2 }; // of the own player, in CSS pixels
  }

  /** A canvas as large as its place, and the scale and origin that put the view's middle into it. */
  begin(map, view) {
    const { canvas, context } = this;
    const ratio = devicePixelRatio;
    if (canvas.width !== Math.round(innerWidth * ratio) || canvas.height !== Math.round(innerHeight * ratio)) {
      canvas.width = Math.round(innerWidth * ratio);
      canvas.height = Math.round(innerHeight * ratio);
    }
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = "#10141a";
    context.fillRect(0, 0, canvas.width, canvas.height);
    const self = view?.self;
    const shown = self ? VIEWPORT : { width: map.width + 80, height: map.height + 80 };
    const scale = self ? Math.max(canvas.width / shown.width, canvas.height / shown.height)
      : Math.min(canvas.width / shown.width, canvas.height / shown.height);
    this.nameSize = Math.max(14, 12 * ratio / scale); // units: legible also where the whole map is shown
    const halfOf = (px) => px / scale / 2; // half of what is shown, in units
    const middle = self ? {
      x: within(self.x / Q16, halfOf(canvas.width), map.width, REACH.x),
      y: within(self.y / Q16, halfOf(canvas.height), map.height, REACH.y),
    } : { x: map.width / 2, y: map.height / 2 };
    context.setTransform(scale, 0, 0, scale, canvas.width / 2 - middle.x * scale, canvas.height / 2 - middle.y * scale);
    this.centre = self ? {
      x: innerWidth / 2 + (self.x / Q16 - middle.x) * scale / ratio,
      y: innerHeight / 2 + (self.y / Q16 - middle.y) * scale / ratio,
    } : { x: innerWidth / 2, y: innerHeight / 2 };
  }

  draw(map, view, names) {
    this.begin(map, view);
    this.drawMap(map);
    if (!view) {
      return;
    }
    view.powerUps.forEach(({ index }) => this.drawPowerUp(map.power_ups?.[index]));
    view.projectiles.forEach((projectile) => this.drawProjectile(projectile, view.tick));
    for (const player of view.players) {
      const name = names.get(player.slot) ?? `#${player.slot}`;
      this.drawPlayer({
        ...playerPosition(player, view.tick), angle: (player.aim + 0.5) * 2 * Math.PI / Scale.AIM, health: player.health,
        isProtected: (player.flags & Flag.PROTECTED) !== 0, isShielded: (player.flags & Flag.SHIELD) !== 0, colour: colourOf(player.slot, player.team), name,
      });
    }
    if (view.self && view.self.state === 1) {
      const self = view.self;
      this.drawPlayer({
        x: self.x / Q16, y: self.y / Q16, angle: self.aim * 2 * Math.PI / Q16, health: self.health,
        isProtected: self.protection > 0, isShielded: self.effects[2] > 0, colour: OWN_COLOUR, name: "",
      });
    }
  }

  drawMap(map) {
    const { context } = this;
    context.fillStyle = "#1b232e";
    context.fillRect(0, 0, map.width, map.height);
    context.strokeStyle = "#232d3a";
    context.lineWidth = 2;
    context.beginPath();
    for (let x = 0; x <= map.width; x += 100) {
      context.moveTo(x, 0);
      context.lineTo(x, map.height);
    }
    for (let y = 0; y <= map.height; y += 100) {
      context.moveTo(0, y);
      context.lineTo(map.width, y);
    }
    context.stroke();
    context.fillStyle = "#56657a";
    for (const [x0, y0, x1, y1] of map.walls) {
      context.fillRect(x0, y0, x1 - x0, y1 - y0);
    }
    for (const corners of map.polygons) {
      context.beginPath();
      for (let i = 0; i < corners.length; i += 2) {
        context.lineTo(corners[i], corners[i + 1]);
      }
      context.fill();
    }
  }

  drawPowerUp(place) {
    if (!place) {
      return;
    }
    const { context } = this;
    const [x, y, kind] = place;
    const [colour, sign] = POWER_UP_LOOKS[kind];
    context.strokeStyle = colour;
    context.fillStyle = `${colour}44`;
    context.lineWidth = 3;
    context.beginPath();
    context.arc(x, y, POWER_UP_RADIUS, 0, 2 * Math.PI);
    context.fill();
    context.stroke();
    context.fillStyle = colour;
    context.font = "bold 20px system-ui, sans-serif";
    context.textAlign = "center";
    context.fillText(sign, x, y + 7);
  }

  drawProjectile(projectile, tick) {
    const { context } = this;
    const { x, y } = projectilePosition(projectile, tick);
    const angle = projectile.angle * 2 * Math.PI / Q16;
    const length = WEAPONS[projectile.weapon].speed * 0.8;
    context.strokeStyle = projectile.isOwn ? OWN_COLOUR : "#ffb3a7";
    context.lineWidth = 4;
    context.lineCap = "round";
    context.beginPath();
    context.moveTo(x, y);
    context.lineTo(x - Math.cos(angle) * length, y - Math.sin(angle) * length);
    context.stroke();
  }

  drawPlayer({ x, y, angle, health, isProtected, isShielded, colour, name }) {
    const { context } = this;
    context.strokeStyle = colour;
    context.lineWidth = 10;
    context.lineCap = "butt";
    context.beginPath();
    context.moveTo(x, y);
    context.lineTo(x + Math.cos(angle) * (RADIUS + 14), y + Math.sin(angle) * (RADIUS + 14));
    context.stroke();
    context.fillStyle = colour;
    context.beginPath();
    context.arc(x, y, RADIUS, 0, 2 * Math.PI);
    context.fill();
    if (isProtected) {
      context.strokeStyle = "#ffffffaa";
      context.lineWidth = 3;
      context.beginPath();
      context.arc(x, y, RADIUS + 6, 0, 2 * Math.PI);
      context.stroke();
    }
    if (isShielded) {
      context.strokeStyle = POWER_UP_LOOKS[2][0];
      context.lineWidth = 5;
      context.beginPath();
      context.arc(x, y, RADIUS + 10, 0, 2 * Math.PI);
      context.stroke();
    }
    context.fillStyle = "#00000088";
    context.fillRect(x - RADIUS, y - RADIUS - 16, 2 * RADIUS, 6);
    context.fillStyle = health > 35 ? "#7bd88f" : "#ff6b5e";
    context.fillRect(x - RADIUS, y - RADIUS - 16, 2 * RADIUS * health / 100, 6);
    context.fillStyle = "#c7d2e0";
    context.font = `${this.nameSize}px system-ui, sans-serif`;
    context.textAlign = "center";
    context.fillText(name, x, y + RADIUS + 6 + this.nameSize);
  }
}
