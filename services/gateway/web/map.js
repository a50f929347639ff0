// SPDX-License-Identifier: Apache-2.0
// map.js - a map file (docs/game.md, "Map files") as the page draws it; the same shape as GET /v1/maps/{name} answers.
// The server has checked it: what is no line of a map is passed over.

import { POWER_UPS } from "./rules.js";

const KINDS = POWER_UPS.map((name) => name.replaceAll(" ", "_"));

/** Power-ups are numbered by y, then x, as snapshots name them. */
const inOrder = ([ax, ay], [bx, by]) => ay - by || ax - bx;

export function parseMap(text) {
  const map = { name: "", width: 0, height: 0, walls: [], polygons: [], power_ups: [] };
  const readers = {
    map: ([name]) => { map.name = name; },
    size: ([width, height]) => { [map.width, map.height] = [Number(width), Number(height)]; },
    wall: (words) => map.walls.push(words.map(Number)),
    polygon: (words) => map.polygons.push(words.map(Number)),
    power_up: ([x, y, kind]) => map.power_ups.push([Number(x), Number(y), KINDS.indexOf(kind)]),
  };
  for (const line of text.split("\n")) {
    const [word, ...rest] = line.replace(/#.*/, "").trim().split(/[ \t\r]+/);
    readers[word]?.(rest);
  }
  map.power_ups.sort(inOrder);
  return map;
}
