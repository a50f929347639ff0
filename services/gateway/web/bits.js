// SPDX-License-Identifier: Apache-2.0
// bits.js - a bit-packed writer, the same bits as libcommon/base/bits.h.
//
// Bits fill each byte from its least significant bit up; Exp-Golomb as described there; signed values by zigzag.

export class BitWriter {
  constructor() {
    this.bits = [];
  }

  put(value, count) {
    for (let i = 0; i < count; i++) {
      this.bits.push(Math.floor(value / 2 ** i) % 2);
    }
  }

  golomb(value, order) {
    const shifted = value + 2 ** order;
    let length = 1;
    while (2 ** length <= shifted) {
      length++;
    }
    for (let ones = length - 1 - order; ones > 0; ones--) {
      this.put(1, 1);
    }
    this.put(0, 1);
    this.put(shifted, length - 1); // without its top bit
  }

  golombSigned(value, order) {
    this.golomb(((value << 1) ^ (value >> 31)) >>> 0, order);
  }

  finish() {
    const bytes = new Uint8Array(Math.ceil(this.bits.length / 8));
    this.bits.forEach((bit, i) => { bytes[i >> 3] |= bit << (i & 7); });
    return bytes;
  }
}
