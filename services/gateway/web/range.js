// SPDX-License-Identifier: Apache-2.0
// range.js - reads what libcommon/game/range.h wrote: bits of which each took as much room as it was unlikely
// (docs/wire-format.md, "Range coder"). A chance is how likely a 1 is, in 1/65536; a row is an array of them.

const LENGTHS = 2;
const TREES = 18;
const SECONDS = 44;
const LENGTH_LAST = 15;
const LENGTH_MAX = 31;
const TREE_LAST = 4;
const SECOND_LAST = 19;
const TAIL_MAX = 4;
const HALF = 32768;

export class RangeReader {
  constructor(bytes) {
    this.bytes = bytes;
    this.offset = 0;
    this.low = 0;
    this.high = 0xffffffff;
    this.value = 0;
    for (let i = 0; i < TAIL_MAX; i++) {
      this.takeByte();
    }
  }

  takeByte() {
    if (this.offset === this.bytes.length + TAIL_MAX) {
      throw new RangeError("input ends too early");
    }
    const byte = this.offset < this.bytes.length ? this.bytes[this.offset] : 0;
    this.offset++;
    this.value = ((this.value << 8) | byte) >>> 0;
  }

  bit(chance) {
    const middle = this.low + Math.floor((this.high - this.low) * chance / 65536);
    const bit = this.value <= middle ? 1 : 0;
    if (bit === 1) {
      this.high = middle;
    } else {
      this.low = middle + 1;
    }
    while (((this.low ^ this.high) & 0xff000000) === 0) {
      this.low = (this.low << 8) >>> 0;
      this.high = ((this.high << 8) | 255) >>> 0;
      this.takeByte();
    }
    return bit;
  }

  /** count <= 32 bits that nothing is known of, as an unsigned number. */
  bits(count) {
    let value = 0;
    for (; count > 0; count--) {
      value = value * 2 + this.bit(HALF);
    }
    return value;
  }

  positive(row) {
    let length = 0;
    while (this.bit(row[LENGTHS + Math.min(length, LENGTH_LAST)]) === 1) {
      if (++length > LENGTH_MAX) {
        throw new RangeError("a number is too long");
      }
    }
    let value = 1;
    if (length <= TREE_LAST) {
      const tree = TREES + (1 << length) - 1 - length;
      for (let left = length; left > 0; left--) {
        value = value * 2 + this.bit(row[tree + value - 1]);
      }
      return value;
    }
    value = 2 + this.bit(row[SECONDS + Math.min(length - 1 - TREE_LAST, SECOND_LAST)]);
    return value * 2 ** (length - 1) + this.bits(length - 1);
  }

  number(row) {
    return this.bit(row[0]) === 1 ? this.positive(row) : 0;
  }

  signed(row) {
    if (this.bit(row[0]) === 0) {
      return 0;
    }
    const isNegative = this.bit(row[1]) === 1;
    const size = this.positive(row);
    return isNegative ? -size : size;
  }

  /** A value as its difference to what both sides expect, modulo 2^32: unsigned, and signed. */
  residual(row, expected) {
    return (expected + this.signed(row)) >>> 0;
  }

  residualSigned(row, expected) {
    return (expected + this.signed(row)) | 0;
  }

  /** Refuses bytes left over. */
  finish() {
    if (this.offset < this.bytes.length) {
      throw new RangeError("bytes are left over");
    }
  }
}
