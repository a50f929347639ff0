// SPDX-License-Identifier: Apache-2.0
// snapshot.js - snapshots and inputs as bytes, the same bits as libcommon/game/{snapshot,input}.h (docs/wire-format.md).
//
// A view is an object that is never changed after it was made: decode(baseline, bytes) makes the next one. The check at a
// snapshot's end is read and not compared: the transport is reliable, and a wrong baseline is refused by its tick.

import { BitReader, BitWriter } from "./bits.js";

export const VIEW_ALL = 65535;
export const SLOT_NONE = 65535;
export const Phase = { WARMUP: 0, PLAY: 1, OVERTIME: 2, OVER: 3 };
export const Event = { JOINED: 0, LEFT: 1, PHASE: 2, FIRED: 3, HIT: 4, DEATH: 5, RESPAWN: 6, SCORE: 7, PICK_UP: 8 };
export const Button = { UP: 1, DOWN: 2, LEFT: 4, RIGHT: 8, FIRE: 16, RELOAD: 32 };
export const WEAPONS = [
  null,
  { name: "rifle", speed: 1200 / 60, magazine: 30 },
  { name: "shotgun", speed: 800 / 60, magazine: 8 },
  { name: "sniper", speed: 1500 / 60, magazine: 5 },
  { name: "pistol", speed: 900 / 60, magazine: 12 },
];

/** By kind; the first four last a while: a player's flags from 4 on, the own player's effects. */
export const POWER_UPS = ["speed", "damage", "shield", "rapid fire", "health"];
export const Flag = { PROTECTED: 1, RELOADING: 2, SPEED: 4, DAMAGE: 8, SHIELD: 16, RAPID_FIRE: 32 };

const Q16 = 65536;
const TEAMS = 2;
const NO_SELF = {
  x: 0, y: 0, vx: 0, vy: 0, aim: 0, state: 0, weapon: 0, health: 0, ammunition: [0, 0, 0, 0, 0],
  cooldown: 0, reload: 0, protection: 0, respawn: 0, effects: [0, 0, 0, 0],
};
const NO_PLAYER = { x: 0, y: 0, vx: 0, vy: 0, aim: 0, weapon: 0, health: 0, flags: 0, team: 0 };
const NO_SCORE = { id: 0n, team: 0, kills: 0, deaths: 0, assists: 0 };
const EMPTY = {
  tick: 0, viewer: VIEW_ALL, phase: Phase.WARMUP, ticksLeft: 0, teamScores: [0, 0], self: null,
  inputSequence: 0, inputDepth: 0, players: [], projectiles: [], powerUps: [], scores: [], events: [],
};

const countedDown = (ticks, age) => Math.max(ticks - age, 0);

// ---- the own player, exact: positions and velocities in 1/65536 unit ------------------------------

function readMotion(bits, old, age) {
  if (!bits.flag()) {
    return { x: (old.x + old.vx * age) | 0, y: (old.y + old.vy * age) | 0, vx: old.vx, vy: old.vy };
  }
  const vx = bits.residualSigned(old.vx, 13);
  const vy = bits.residualSigned(old.vy, 13);
  let x = (old.x + vx * age) | 0;
  let y = (old.y + vy * age) | 0;
  if (bits.flag()) {
    x = bits.residualSigned(x, 13);
    y = bits.residualSigned(y, 13);
  }
  return { x, y, vx, vy };
}

function readCondition(bits, old, age) {
  if (!bits.flag()) {
    return {
      state: old.state, weapon: old.weapon, health: old.health, ammunition: old.ammunition,
      cooldown: countedDown(old.cooldown, age), reload: countedDown(old.reload, age),
      protection: countedDown(old.protection, age), respawn: countedDown(old.respawn, age),
      effects: old.effects.map((ticks) => countedDown(ticks, age)),
    };
  }
  const state = bits.get(1);
  const weapon = bits.get(3);
  const health = bits.residual(old.health, 3);
  const ammunition = old.ammunition.map((shots, i) => (i === 0 ? 0 : bits.residual(shots, 0)));
  const [cooldown, reload, protection, respawn] = [old.cooldown, old.reload, old.protection, old.respawn]
    .map((ticks) => bits.residual(countedDown(ticks, age), 2));
  const steady = old.effects.map((ticks) => countedDown(ticks, age));
  const effects = bits.flag() ? steady.map((ticks) => bits.residual(ticks, 2)) : steady;
  return { state, weapon, health, ammunition, cooldown, reload, protection, respawn, effects };
}

function readSelf(bits, old, age) {
  const motion = readMotion(bits, old, age);
  const aim = (old.aim + bits.golombSigned(3)) & 65535;
  return { ...motion, aim, ...readCondition(bits, old, age) };
}

// ---- others: positions in 1/8 unit, velocities in 1/32 unit a tick, aims in 1/1024 turn ------------

function readPlayer(bits, old, age, isNew) {
  let { vx, vy } = old;
  if (bits.flag()) {
    vx = bits.residualSigned(vx, 2);
    vy = bits.residualSigned(vy, 2);
  }
  const order = isNew ? 12 : 0;
  const x = bits.residual((old.x + ((vx * age + 2) >> 2)) >>> 0, order);
  const y = bits.residual((old.y + ((vy * age + 2) >> 2)) >>> 0, order);
  const aim = (old.aim + bits.golombSigned(1)) & 1023;
  let { weapon, health, flags, team } = old;
  if (bits.flag()) {
    weapon = bits.get(3);
    health = bits.get(7);
    flags = bits.get(6);
    if (bits.flag()) {
      team = bits.get(8);
    }
  }
  return { x, y, vx, vy, aim, weapon, health, flags, team };
}

function readProjectile(bits, old, tick, isNew) {
  if (!isNew) {
    return old;
  }
  const spawnTick = tick - bits.golomb(0);
  const x = bits.golomb(12);
  const y = bits.golomb(12);
  return { spawnTick, x, y, angle: bits.get(16), weapon: bits.get(3), isOwn: bits.flag() };
}

function readScore(bits, old, isNew) {
  if (!isNew && !bits.flag()) {
    return old;
  }
  let { id, team } = old;
  if (bits.flag()) {
    id = BigInt(bits.get(32)) | (BigInt(bits.get(32)) << 32n);
    team = bits.get(8);
  }
  const kills = bits.residual(old.kills, 0);
  const deaths = bits.residual(old.deaths, 0);
  return { id, team, kills, deaths, assists: bits.residual(old.assists, 0) };
}

/** What stays, then what comes; the result ascends by key. */
function readList(bits, old, keyOrder, zero, readItem) {
  const list = [];
  let previous = 0;
  for (const item of old) {
    previous = item.key;
    if (bits.flag()) {
      list.push({ ...readItem(item, false), key: item.key });
    }
  }
  for (let count = bits.golomb(0); count > 0; count--) {
    previous = bits.residual(previous, keyOrder);
    list.push({ ...readItem(zero, true), key: previous });
  }
  return list.sort((a, b) => a.key - b.key);
}

// ---- events ---------------------------------------------------------------------------------------

const EVENT_PARTS = ["sv", "s", "v", "sw", "sowv", "sow", "s", "sov", "sv"];

function readSlot(bits) {
  return bits.flag() ? bits.golomb(3) : SLOT_NONE;
}

function readEvents(bits, tick) {
  const events = [];
  while (bits.flag()) {
    const kind = bits.get(4);
    const parts = EVENT_PARTS[kind];
    if (parts === undefined) {
      throw new RangeError("an event of an unknown kind");
    }
    const event = { kind, tick: tick - bits.golomb(0), subject: SLOT_NONE, other: SLOT_NONE, weapon: 0, value: 0 };
    if (parts.includes("s")) event.subject = readSlot(bits);
    if (parts.includes("o")) event.other = readSlot(bits);
    if (parts.includes("w")) event.weapon = bits.get(3);
    if (parts.includes("v")) event.value = bits.golomb(3);
    events.push(event);
  }
  return events;
}

// ---- the whole ------------------------------------------------------------------------------------

function readMatch(bits, old, age) {
  const isLive = old.phase === Phase.PLAY || old.phase === Phase.OVERTIME;
  const ticksLeft = isLive ? countedDown(old.ticksLeft, age) : old.ticksLeft;
  if (!bits.flag()) {
    return { viewer: old.viewer, phase: old.phase, ticksLeft, teamScores: old.teamScores };
  }
  const viewer = bits.get(16);
  const phase = bits.get(2);
  const left = bits.residual(ticksLeft, 2);
  const teamScores = [];
  for (let team = 0; team < TEAMS; team++) {
    teamScores.push(bits.residual(old.teamScores[team], 0));
  }
  return { viewer, phase, ticksLeft: left, teamScores };
}

/** The next view. Throws when the bytes are wrong or do not build on baseline (null: none). */
export function decodeSnapshot(baseline, bytes) {
  const bits = new BitReader(bytes);
  const isKeyframe = bits.flag();
  const tick = bits.get(32);
  const age = isKeyframe ? 0 : 1 + bits.golomb(0);
  if (!isKeyframe && (baseline === null || baseline.tick !== tick - age)) {
    throw new RangeError("the snapshot builds on another one");
  }
  const old = isKeyframe ? EMPTY : baseline;
  const view = { tick, ...readMatch(bits, old, age), self: null, inputSequence: 0, inputDepth: 0 };
  if (bits.flag()) {
    view.inputSequence = bits.residual((old.inputSequence + age) >>> 0, 0);
    view.inputDepth = bits.residual(old.inputDepth, 0);
    view.self = readSelf(bits, old.self ?? NO_SELF, age);
  }
  view.players = readList(bits, old.players, 2, NO_PLAYER, (item, isNew) => readPlayer(bits, item, age, isNew));
  view.projectiles = readList(bits, old.projectiles, 3, null, (item, isNew) => readProjectile(bits, item, tick, isNew));
  view.powerUps = bits.flag() ? readList(bits, old.powerUps, 0, null, () => ({})) : old.powerUps;
  view.scores = bits.flag()
    ? readList(bits, old.scores, 2, NO_SCORE, (item, isNew) => readScore(bits, item, isNew))
    : old.scores;
  view.events = readEvents(bits, tick);
  bits.get(24); // the check
  bits.finish();
  return view;
}

/** Where a projectile is, in units. */
export function projectilePosition(projectile, tick) {
  const way = WEAPONS[projectile.weapon].speed * Math.max(tick - projectile.spawnTick + 1, 0);
  const angle = projectile.angle * 2 * Math.PI / Q16;
  return { x: projectile.x / 8 + Math.cos(angle) * way, y: projectile.y / 8 + Math.sin(angle) * way };
}

export function encodeInput({ sequence, tick, buttons, aim, weapon }) {
  const bits = new BitWriter();
  bits.golomb(sequence, 12);
  bits.golombSigned((tick - sequence) | 0, 8);
  bits.put(buttons, 6);
  bits.put(aim, 16);
  bits.put(weapon, 3);
  return bits.finish();
}
