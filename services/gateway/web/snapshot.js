// SPDX-License-Identifier: Apache-2.0
// snapshot.js - snapshots and inputs as bytes, the same bits as libcommon/game/{snapshot,input}.h (docs/wire-format.md).
//
// A view is an object that is never changed once it is made: decodeSnapshot(baseline, bytes) makes the next one. Its chain is a
// hash over all bytes from the last keyframe on; each snapshot ends in part of it, so a wrong baseline or damaged bytes are refused.

import { BitWriter } from "./bits.js";
import { BIT_PROBABILITIES, SYMBOL_CDFS } from "./probability_model.js";
import { hashOf } from "./hash.js";
import { RangeReader } from "./range.js";
import { EFFECTS, Flag, Phase, Scale, SLOT_NONE, TEAM_NONE, TEAMS, VIEW_ALL, WEAPONS } from "./rules.js";

const Q16 = 65536;
const CHECK_BYTES = 3;
const TOP_COUNTS = Math.floor(Math.floor(500 * Q16 / 60) / (Q16 / Scale.VELOCITY));
const NO_SELF = {
  x: 0, y: 0, vx: 0, vy: 0, aim: 0, state: 0, weapon: 0, health: 0, ammunition: WEAPONS.map(() => 0),
  cooldown: 0, reload: 0, protection: 0, respawn: 0, effects: new Array(EFFECTS).fill(0),
};
const STEP = 4;
const EMPTY = {
  tick: 0, chain: [0, 0], viewer: VIEW_ALL, team: TEAM_NONE, phase: Phase.WARMUP, ticksLeft: 0, teamScores: [0, 0], self: null,
  inputSequence: 0, inputDepth: 0, players: [], projectiles: [], powerUps: [], scores: [], events: [],
};

const countedDown = (ticks, age) => Math.max(ticks - age, 0);

// ---- probability model, by the age of the baseline ------------------------------------------------

const frequencies = (hex) => Uint16Array.from({ length: hex.length / 4 }, (_, i) => parseInt(hex.substr(4 * i, 4), 16));
const mapped = (object, change) => Object.fromEntries(Object.entries(object).map(([name, value]) => [name, change(value)]));
const models = [0, 1, 2].map((place) => ({
  flags: mapped(BIT_PROBABILITIES, (ages) => frequencies(ages[place])[0]),
  cdfs: mapped(SYMBOL_CDFS, (ages) => frequencies(ages[place])),
}));
const modelFor = (age) => models[age === 1 ? 0 : age > 1 ? 1 : 2];

class SnapshotReader extends RangeReader {
  constructor(bytes, age) {
    super(bytes);
    this.use(modelFor(age));
  }

  use({ flags, cdfs }) {
    this.flags = flags;
    this.cdfs = cdfs;
  }

  /** probability: one of this.flags. */
  flag(probability) {
    return this.bit(probability) === 1;
  }
}

// ---- the own player, exact: positions and velocities in 1/65536 unit ------------------------------

function readMotion(reader, old, age) {
  const { selfVelocity, selfPosition } = reader.cdfs;
  if (!reader.flag(reader.flags.selfMotion)) {
    return { x: (old.x + old.vx * age) | 0, y: (old.y + old.vy * age) | 0, vx: old.vx, vy: old.vy };
  }
  const vx = reader.residualSigned(selfVelocity, old.vx);
  const vy = reader.residualSigned(selfVelocity, old.vy);
  let x = (old.x + vx * age) | 0;
  let y = (old.y + vy * age) | 0;
  if (reader.flag(reader.flags.selfMoved)) {
    x = reader.residualSigned(selfPosition, x);
    y = reader.residualSigned(selfPosition, y);
  }
  return { x, y, vx, vy };
}

function readCondition(reader, old, age) {
  if (!reader.flag(reader.flags.selfCondition)) {
    return {
      state: old.state, weapon: old.weapon, health: old.health, ammunition: old.ammunition,
      cooldown: countedDown(old.cooldown, age), reload: countedDown(old.reload, age),
      protection: countedDown(old.protection, age), respawn: countedDown(old.respawn, age),
      effects: old.effects.map((ticks) => countedDown(ticks, age)),
    };
  }
  const { cdfs } = reader;
  const state = reader.bits(1);
  const weapon = reader.bits(3);
  const health = reader.residual(cdfs.health, old.health);
  const ammunition = old.ammunition.map((shots, i) => (i === 0 ? 0 : reader.residual(cdfs.ammunition, shots)));
  const [cooldown, reload, protection, respawn] = [old.cooldown, old.reload, old.protection, old.respawn]
    .map((ticks) => reader.residual(cdfs.ticks, countedDown(ticks, age)));
  const steady = old.effects.map((ticks) => countedDown(ticks, age));
  const effects = reader.flag(reader.flags.selfEffects) ? steady.map((ticks) => reader.residual(cdfs.ticks, ticks)) : steady;
  return { state, weapon, health, ammunition, cooldown, reload, protection, respawn, effects };
}

function readSelf(reader, old, age) {
  const motion = readMotion(reader, old, age);
  const aim = (old.aim + reader.signed(reader.cdfs.selfAim)) & 65535;
  return { ...motion, aim, ...readCondition(reader, old, age) };
}

// ---- others: in counts of Scale -------------------------------------------------------------------

function velocityFlag(probabilities, { vx, vy, flags }) {
  const square = vx * vx + vy * vy;
  if (square === 0) {
    return probabilities.velocityRest;
  }
  const top = (flags & Flag.SPEED) !== 0 ? Math.floor(TOP_COUNTS * 3 / 2) : TOP_COUNTS;
  const isTop = square >= (top - 4) ** 2 && square <= (top + 4) ** 2;
  return isTop ? probabilities.velocityTop : probabilities.velocityOther;
}

const changed = (old, change) => old + (old < 0 ? -change : change);

function velocityYCdf({ velocityY0, velocityY1, velocityY2, velocityY3 }, changeX) {
  const size = Math.abs(changeX);
  return size === 0 ? velocityY0 : size < 8 ? velocityY1 : size < 15 ? velocityY2 : velocityY3;
}

/** The position after age ticks of constant acceleration from one velocity to the other. */
function drifted(position, before, now, age) {
  return position + ((age * (before + now) + now - before) >> 1);
}

function readPlayerMotion(reader, old, { age, centre }, isNew) {
  const { cdfs } = reader;
  let { vx, vy } = old;
  const isChanged = reader.flag(velocityFlag(reader.flags, old));
  if (isChanged) {
    vx = changed(old.vx, reader.signed(cdfs.velocityX));
    vy = changed(old.vy, reader.signed(velocityYCdf(cdfs, vx - old.vx)));
  }
  if (isNew) {
    const finer = Scale.POSITION / Scale.ORIGIN;
    return { x: reader.residual(cdfs.far, centre.x * finer), y: reader.residual(cdfs.far, centre.y * finer), vx, vy };
  }
  const cdfOf = (v) => (isChanged ? cdfs.positionChanged : v === 0 ? cdfs.positionStill : cdfs.positionSteady);
  const read = (cdf, expected) => (age === 1 ? expected + STEP * reader.signed(cdf) : reader.residual(cdf, expected));
  const x = read(cdfOf(vx), drifted(old.x, old.vx, vx, age));
  const y = read(cdfOf(vy), drifted(old.y, old.vy, vy, age));
  return { x, y, vx, vy };
}

/** The delta of one player; its model is by the age of its own state, not of the snapshot's baseline. */
function readBody(reader, old, span, isNew) {
  reader.use(modelFor(span.age));
  const motion = readPlayerMotion(reader, old, span, isNew);
  const aim = (old.aim + reader.signed(reader.cdfs.aim)) & (Scale.AIM - 1);
  let { weapon, health, flags, team } = old;
  if (reader.flag(reader.flags.condition)) {
    health = reader.residual(reader.cdfs.health, old.health);
    weapon = reader.flag(reader.flags.weapon) ? reader.bits(3) : weapon;
    flags = reader.flag(reader.flags.state) ? reader.bits(6) : flags;
    team = reader.flag(reader.flags.team) ? reader.bits(8) : team;
  }
  return { tick: span.tick, ...motion, aim, weapon, health, flags, team };
}

/** A player whose update was deferred keeps its state, whose tick is older than the view's. */
function readKeptPlayers(reader, old, span, snapshotModel) {
  const list = [];
  const hasDeferred = reader.flag(reader.flags.hasDeferred);
  for (const player of old) {
    if (!reader.flag(reader.flags.kept)) {
      continue;
    }
    if (hasDeferred && !reader.flag(reader.flags.updated)) {
      list.push(player);
      continue;
    }
    const body = readBody(reader, player, { ...span, age: span.tick - player.tick }, false);
    list.push({ slot: player.slot, ...body });
    reader.use(snapshotModel);
  }
  return list;
}

/** The prediction for a player who enters the view. */
function typicalNewcomer(ownTeam) {
  const team = ownTeam === TEAM_NONE ? TEAM_NONE : 1 - ownTeam;
  return { x: 0, y: 0, vx: 0, vy: 0, aim: 0, weapon: 1, health: 100, flags: 0, team };
}

function readPlayers(reader, old, span) {
  const snapshotModel = modelFor(span.age);
  const list = readKeptPlayers(reader, old, span, snapshotModel);
  const likely = typicalNewcomer(span.team);
  let slot = 0;
  for (let count = reader.number(reader.cdfs.count); count > 0; count--) {
    slot = reader.residual(reader.cdfs.slot, slot);
    list.push({ slot, ...readBody(reader, likely, { ...span, age: 0 }, true) });
    reader.use(snapshotModel);
  }
  return list.sort((a, b) => a.slot - b.slot);
}

function readPowerUps(reader, old) {
  if (!reader.flag(reader.flags.powerUps)) {
    return old;
  }
  const list = old.filter(() => reader.flag(reader.flags.powerUpKept));
  let index = 0;
  for (let count = reader.number(reader.cdfs.count); count > 0; count--) {
    index = reader.residual(reader.cdfs.slot, index);
    list.push({ index });
  }
  return list.sort((a, b) => a.index - b.index);
}

function readScore(reader, slot, old) {
  let { id, team } = old ?? { id: 0n, team: 0 };
  if (reader.flag(reader.flags.scorePlayer)) {
    id = BigInt(reader.bits(32)) | (BigInt(reader.bits(32)) << 32n);
    team = reader.bits(8);
  }
  const [kills, deaths, assists] = [0, 1, 2].map(() => reader.number(reader.cdfs.score));
  return { slot, id, team, kills, deaths, assists };
}

/** Rows that changed, whole. */
function readScores(reader, old) {
  if (!reader.flag(reader.flags.scores)) {
    return old;
  }
  const isAll = reader.flag(reader.flags.scoresAll);
  const rows = new Map(isAll ? [] : old.map((score) => [score.slot, score]));
  let slot = 0;
  for (let count = reader.number(reader.cdfs.count); count > 0; count--) {
    slot = reader.residual(reader.cdfs.slot, slot);
    if (reader.flag(reader.flags.scoreGone)) {
      rows.delete(slot);
    } else {
      rows.set(slot, readScore(reader, slot, rows.get(slot)));
    }
  }
  return [...rows.values()].sort((a, b) => a.slot - b.slot);
}

// ---- projectiles ----------------------------------------------------------------------------------

function readAngle(reader, isOwn, ownAim) {
  return isOwn ? (ownAim + reader.signed(reader.cdfs.ownAngle)) & 65535 : reader.bits(16);
}

function readProjectile(reader, previous, { tick, centre, aim }) {
  const { cdfs } = reader;
  if (reader.flag(reader.flags.projectileSameShot)) {
    return { ...previous, angle: readAngle(reader, previous.isOwn, aim) };
  }
  const isOwn = reader.flag(reader.flags.projectileOwn);
  const startTick = tick + 1 - reader.number(cdfs.flown);
  const cdf = isOwn ? cdfs.ownOrigin : cdfs.origin;
  const x = reader.residual(cdf, centre.x);
  const y = reader.residual(cdf, centre.y);
  const weapon = reader.bits(3);
  return { startTick, x, y, weapon, isOwn, angle: readAngle(reader, isOwn, aim) };
}

/** In the order in which they entered the view. */
function readProjectiles(reader, old, span) {
  const list = old.filter(() => reader.flag(reader.flags.projectileKept));
  let previous = { startTick: 0, x: 0, y: 0, weapon: 0, isOwn: false, angle: 0 };
  for (let count = reader.number(reader.cdfs.count); count > 0; count--) {
    previous = readProjectile(reader, previous, span);
    if (WEAPONS[previous.weapon] == null) {
      throw new RangeError("a projectile of an unknown weapon");
    }
    list.push(previous);
  }
  return list;
}

// ---- events ---------------------------------------------------------------------------------------

const EVENT_PARTS = ["sv", "s", "v", "sw", "sowv", "sow", "s", "sov", "sv"];

function readSlot(reader) {
  return reader.flag(reader.flags.eventSlot) ? reader.number(reader.cdfs.eventSlot) : SLOT_NONE;
}

function readEvents(reader, tick) {
  const events = [];
  while (reader.flag(reader.flags.event)) {
    const kind = reader.bits(4);
    const parts = EVENT_PARTS[kind];
    if (parts === undefined) {
      throw new RangeError("an event of an unknown kind");
    }
    const age = reader.number(reader.cdfs.eventAge);
    const event = { kind, tick: tick - age, subject: SLOT_NONE, other: SLOT_NONE, weapon: 0, value: 0 };
    if (parts.includes("s")) event.subject = readSlot(reader);
    if (parts.includes("o")) event.other = readSlot(reader);
    if (parts.includes("w")) event.weapon = reader.bits(3);
    if (parts.includes("v")) event.value = reader.number(reader.cdfs.eventValue);
    events.push(event);
  }
  return events;
}

// ---- the whole ------------------------------------------------------------------------------------

function readMatch(reader, old, age) {
  const { match } = reader.cdfs;
  const isLive = old.phase === Phase.PLAY || old.phase === Phase.OVERTIME;
  const expected = isLive ? countedDown(old.ticksLeft, age) : old.ticksLeft;
  if (!reader.flag(reader.flags.match)) {
    return { viewer: old.viewer, team: old.team, phase: old.phase, ticksLeft: expected, teamScores: old.teamScores };
  }
  const viewer = reader.bits(16);
  const team = reader.bits(8);
  const phase = reader.bits(2);
  const ticksLeft = reader.residual(match, expected);
  const teamScores = Array.from({ length: TEAMS }, (_, i) => reader.residual(match, old.teamScores[i]));
  return { viewer, team, phase, ticksLeft, teamScores };
}

/** The chain hash including the bytes before the check. Throws when the check does not match. */
function chainOf(baselineChain, bytes) {
  const end = bytes.length - CHECK_BYTES;
  const chain = hashOf(baselineChain, bytes.subarray(0, end));
  if ((bytes[end] | (bytes[end + 1] << 8) | (bytes[end + 2] << 16)) !== (chain[1] & 0xffffff)) {
    throw new RangeError("the snapshot's check fails");
  }
  return chain;
}

/** The baseline's age (0: a keyframe), the low 4 bits of its tick, a keyframe's tick, and the head's size. */
function readHead(bytes) {
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if ((bytes[0] & 1) === 1) {
    return { age: 0, baseline: 0, tick: data.getUint32(1, true), size: 5 };
  }
  const age = (bytes[0] >> 1) & 7;
  return age < 7
    ? { age: age + 1, baseline: bytes[0] >> 4, size: 1 }
    : { age: data.getUint16(1, true) + 1, baseline: bytes[0] >> 4, size: 3 };
}

/** The next view. Throws when the bytes are wrong or do not build on baseline (null: none). */
export function decodeSnapshot(baseline, bytes) {
  const head = readHead(bytes);
  const { age } = head;
  if (age > 0 && (baseline === null || (baseline.tick & 15) !== head.baseline)) {
    throw new RangeError("the snapshot builds on another one");
  }
  const old = age === 0 ? EMPTY : baseline;
  const tick = age === 0 ? head.tick : (old.tick + age) >>> 0;
  const chain = chainOf(old.chain, bytes);
  const reader = new SnapshotReader(bytes.subarray(head.size, bytes.length - CHECK_BYTES), age);
  const view = { tick, chain, ...readMatch(reader, old, age), self: null, inputSequence: 0, inputDepth: 0 };
  const span = { tick, age, centre: { x: 0, y: 0 }, aim: 0, team: view.team };
  if (reader.flag(reader.flags.self)) {
    view.inputSequence = reader.residual(reader.cdfs.sequence, (old.inputSequence + age) >>> 0);
    view.inputDepth = reader.residual(reader.cdfs.depth, old.inputDepth);
    view.self = readSelf(reader, old.self ?? NO_SELF, age);
    const toCounts = (q16) => Math.floor(q16 * Scale.ORIGIN / Q16);
    span.centre = { x: toCounts(view.self.x), y: toCounts(view.self.y) };
    span.aim = view.self.aim;
  }
  view.players = readPlayers(reader, old.players, span);
  view.powerUps = readPowerUps(reader, old.powerUps);
  view.scores = readScores(reader, old.scores);
  view.projectiles = readProjectiles(reader, old.projectiles, span);
  view.events = readEvents(reader, tick);
  reader.finish();
  return view;
}

/** Position of another player, in units: a state older than the view is extrapolated. */
export function playerPosition(player, tick) {
  const age = tick - player.tick;
  return {
    x: player.x / Scale.POSITION + player.vx / Scale.VELOCITY * age,
    y: player.y / Scale.POSITION + player.vy / Scale.VELOCITY * age,
  };
}

/** Position of a projectile, in units. */
export function projectilePosition(projectile, tick) {
  const distance = WEAPONS[projectile.weapon].speed * Math.max(tick - projectile.startTick + 1, 0);
  const angle = projectile.angle * 2 * Math.PI / Q16;
  return { x: projectile.x / Scale.ORIGIN + Math.cos(angle) * distance, y: projectile.y / Scale.ORIGIN + Math.sin(angle) * distance };
}

/** seen: the tick of the view that the player aimed by; 0: none. */
export function encodeInput({ sequence, tick, buttons, aim, weapon, seen = 0 }) {
  const bits = new BitWriter();
  bits.golomb(sequence, 12);
  bits.golombSigned((tick - sequence) | 0, 8);
  bits.put(buttons, 6);
  bits.put(aim, 16);
  bits.put(weapon, 3);
  bits.put(seen !== 0 ? 1 : 0, 1);
  if (seen !== 0) {
    bits.golombSigned((seen - sequence) | 0, 8);
  }
  return bits.finish();
}
