// SPDX-License-Identifier: Apache-2.0
// bits.js - bit-packed readers and writers, the same bits as libcommon/base/bits.h.
//
// Bits fill each byte from its least significant bit up; Exp-Golomb as described there; signed values by zigzag.

export class BitReader {
  constructor(bytes) {
    this.bytes = bytes;
    this.offset = 0;
    this.byte = 0;
    this.left = 0;
  }

  /** count <= 32 bits as an unsigned number. */
  get(count) {
    let value = 0;
    let got = 0;
    while (got < count) {
      if (this.left === 0) {
        if (this.offset === this.bytes.length) {
          throw new RangeError("input ends too early");
        }
        this.byte = this.bytes[this.offset++];
        this.left = 8;
      }
      const take = Math.min(this.left, count - got);
      value += (this.byte & ((1 << take) - 1)) * 2 ** got;
      this.byte >>= take;
      this.left -= take;
      got += take;
    }
    return value;
  }

  flag() {
    return this.get(1) === 1;
  }

  golomb(order) {
    let bits = order;
    while (this.get(1) === 1) {
      if (++bits > 32) {
        throw new RangeError("a number is too long");
      }
    }
    return 2 ** bits + this.get(bits) - 2 ** order;
  }

  golombSigned(order) {
    const value = this.golomb(order);
    return (value >>> 1) ^ -(value & 1);
  }

  /** A value as its difference to what both sides expect, modulo 2^32: unsigned, and signed. */
  residual(expected, order) {
    return (expected + this.golombSigned(order)) >>> 0;
  }

  residualSigned(expected, order) {
    return (expected + this.golombSigned(order)) | 0;
  }

  /** Refuses bytes left over and padding that is not zero. */
  finish() {
    if (this.offset !== this.bytes.length || this.byte !== 0) {
      throw new RangeError("bytes are left over");
    }
  }
}

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
