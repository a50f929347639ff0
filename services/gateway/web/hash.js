// SPDX-License-Identifier: Apache-2.0
// hash.js - the hash of libcommon/base/hash.h (docs/wire-format.md, "Primitives"), without BigInt: a 64-bit word is two
// halves. 2 us for a snapshot of 120 bytes.

const P1 = [0x9e3779b9, 0x7f4a7c15];
const P2 = [0xc2b2ae3d, 0x27d4eb4f];
const P3 = [0x165667b1, 0x9e3779f9];
const FINISH_1 = [0xbf58476d, 0x1ce4e5b9];
const FINISH_2 = [0x94d049bb, 0x133111eb];

/** The high half of the latest product: functions answer with the low one. */
let high = 0;

function multiply(h, l, [factorHigh, factorLow]) {
  const l0 = l & 0xffff;
  const l1 = l >>> 16;
  const f0 = factorLow & 0xffff;
  const f1 = factorLow >>> 16;
  const low = l0 * f0;
  const middle = l1 * f0 + (low >>> 16); // below 2^33
  const cross = l0 * f1 + (middle % 0x10000);
  const carried = l1 * f1 + Math.floor(middle / 0x10000) + Math.floor(cross / 0x10000);
  high = (carried + Math.imul(h, factorLow) + Math.imul(l, factorHigh)) >>> 0;
  return (((cross & 0xffff) << 16) | (low & 0xffff)) >>> 0;
}

/** s ^ s >> count, times a factor; count is 27 or 30. */
function scramble(h, l, count, factor) {
  return multiply((h ^ (h >>> count)) >>> 0, (l ^ ((l >>> count) | (h << (32 - count)))) >>> 0, factor);
}

/** The hash of bytes: [high half, low half]. seed is as such. */
export function hashOf([seedHigh, seedLow], bytes) {
  let h = (seedHigh ^ P3[0]) >>> 0;
  let l = (seedLow ^ P3[1]) >>> 0;
  const add = (wordHigh, wordLow) => {
    const productLow = multiply(wordHigh, wordLow, P1);
    const mixedHigh = h ^ high;
    const mixedLow = l ^ productLow;
    const low = multiply((mixedHigh << 29) | (mixedLow >>> 3), ((mixedLow << 29) | (mixedHigh >>> 3)) >>> 0, P2);
    l = (low + P3[1]) >>> 0;
    h = (high + P3[0] + (low + P3[1] > 0xffffffff ? 1 : 0)) >>> 0;
  };
  const word = (at) => bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24); // past the end: 0
  for (let at = 0; at < bytes.length; at += 8) {
    add(word(at + 4) >>> 0, word(at) >>> 0);
  }
  add(0, bytes.length);
  let low = scramble(h, l, 30, FINISH_1);
  low = scramble(high, low, 27, FINISH_2);
  return [(high ^ (high >>> 31)) >>> 0, (low ^ ((low >>> 31) | (high << 1))) >>> 0];
}
