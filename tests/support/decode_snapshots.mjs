// SPDX-License-Identifier: Apache-2.0
// decode_snapshots.mjs - the page's decoder against what C wrote.
//
// usage: node decode_snapshots.mjs WEB FILE      WEB: a copy of services/gateway/web; FILE: lines {"bytes": "…", "view": {…}}
//
// Each line's bytes upon the line before must give the view whose text is there (tests/support/view_json.h), and bytes of
// which one is another must be refused. Prints how many lines there were; exit 1 at the first that differs.

import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [web, file] = process.argv.slice(2);
const { decodeSnapshot } = await import(pathToFileURL(`${web}/snapshot.js`));
const { POWER_UPS, WEAPONS } = await import(pathToFileURL(`${web}/rules.js`));

const object = (pairs) => `{${pairs.map(([name, value]) => `"${name}": ${value}`).join(", ")}}`;
const list = (items, pairsOf) => `[${items.map((item) => object(pairsOf(item))).join(", ")}]`;

function selfText(self) {
  const magazines = WEAPONS.slice(1).map(({ name }, i) => [name, self.ammunition[i + 1]]);
  const effects = self.effects.map((ticks, kind) => [POWER_UPS[kind], ticks]);
  return object([
    ["x", self.x], ["y", self.y], ["velocity x", self.vx], ["velocity y", self.vy], ["aim", self.aim], ["alive", self.state],
    ["weapon", self.weapon], ["health", self.health], ...magazines, ["cooldown", self.cooldown], ["reload", self.reload],
    ["protection", self.protection], ["respawn", self.respawn], ...effects,
  ]);
}

const playerPairs = (player) => [
  ["slot", player.slot], ["updated at", player.tick], ["x", player.x], ["y", player.y], ["velocity x", player.vx],
  ["velocity y", player.vy], ["aim", player.aim], ["weapon", player.weapon], ["health", player.health],
  ["flags", player.flags], ["team", player.team],
];
const scorePairs = (score) => ["slot", "id", "team", "kills", "deaths", "assists"].map((name) => [name, score[name]]);
const projectilePairs = (projectile) => [
  ["own", Number(projectile.isOwn)], ["start tick", projectile.startTick], ["x", projectile.x], ["y", projectile.y],
  ["weapon", projectile.weapon], ["angle", projectile.angle],
];
const eventPairs = (event) => [
  ["kind", event.kind], ["at", event.tick], ["subject", event.subject], ["other", event.other], ["weapon", event.weapon],
  ["value", event.value],
];

function viewText(view) {
  const chain = (BigInt(view.chain[0]) << 32n) | BigInt(view.chain[1]);
  return object([
    ["tick", view.tick], ["chain", chain], ["viewer", view.viewer], ["team", view.team], ["phase", view.phase],
    ["ticks left", view.ticksLeft], ["score of team 0", view.teamScores[0]], ["score of team 1", view.teamScores[1]],
    ["last input", view.inputSequence], ["input depth", view.inputDepth],
    ...(view.self ? [["self", selfText(view.self)]] : []),
    ["players", list(view.players, playerPairs)], ["power-ups", list(view.powerUps, ({ index }) => [["index", index]])],
    ["scores", list(view.scores, scorePairs)], ["projectiles", list(view.projectiles, projectilePairs)],
    ["events", list(view.events, eventPairs)],
  ]);
}

function isRefused(view, bytes) {
  try {
    decodeSnapshot(view, bytes);
  } catch {
    return true;
  }
  return false;
}

let view = null;
let count = 0;
for (const line of readFileSync(file, "utf8").split("\n")) {
  const found = /"bytes": "([0-9a-f]+)", "view": (\{.*\})\}[\],]*$/.exec(line);
  if (!found) {
    continue;
  }
  const bytes = Uint8Array.from(Buffer.from(found[1], "hex"));
  const damaged = bytes.map((byte, at) => (at === count % bytes.length ? byte ^ (1 << count % 8) : byte));
  const before = view;
  view = decodeSnapshot(before, bytes);
  count++;
  if (viewText(view) !== found[2]) {
    console.error(`snapshot ${count} is another view:\n${viewText(view)}\n${found[2]}`);
    process.exit(1);
  }
  if (!isRefused(before, damaged)) {
    console.error(`snapshot ${count} is taken with a bit that is wrong`);
    process.exit(1);
  }
}
console.log(`${count} snapshots`);
