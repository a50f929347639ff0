// SPDX-License-Identifier: Apache-2.0
// rules.js - the tables of libcommon/game that the page needs. Written by scripts/docs (make docs).

export const VIEW_ALL = 65535;
export const SLOT_NONE = 65535;
export const TEAM_NONE = 255;
export const TEAMS = 2;
export const Phase = { WARMUP: 0, PLAY: 1, OVERTIME: 2, OVER: 3 };
export const Event = { JOINED: 0, LEFT: 1, PHASE: 2, FIRED: 3, HIT: 4, DEATH: 5, RESPAWN: 6, SCORE: 7, PICK_UP: 8 };
export const Button = { UP: 1, DOWN: 2, LEFT: 4, RIGHT: 8, FIRE: 16, RELOAD: 32 };
export const Flag = { PROTECTED: 1, RELOADING: 2, SPEED: 4, DAMAGE: 8, SHIELD: 16, RAPID_FIRE: 32 };
/** What positions, velocities and aims of others count: parts of a unit, of a unit a tick, of a turn; and origins of projectiles. */
export const Scale = { POSITION: 16, VELOCITY: 16, AIM: 128, ORIGIN: 4 };
/** Speeds are units a tick. */
export const WEAPONS = [
  null,
  { name: "rifle", speed: 1200 / 60, magazine: 30 },
  { name: "shotgun", speed: 800 / 60, magazine: 8 },
  { name: "sniper", speed: 1500 / 60, magazine: 5 },
  { name: "pistol", speed: 900 / 60, magazine: 12 },
];
/** By kind; the first EFFECTS last a while: a player's flags from SPEED on, the own player's effects. */
export const EFFECTS = 4;
export const POWER_UPS = ["speed", "damage", "shield", "rapid fire", "health"];
