// SPDX-License-Identifier: Apache-2.0
// range.js - reads what libcommon/game/snapshot/range.h wrote: what is said took as much room as it was unlikely
// (docs/wire-format.md, "Range coder"). A chance is how likely a 1 is, in 1/65536; a row is where its symbols' slices start.

const WHOLE = 65536;
const LEAST = 2 ** 32;
const TAIL_MAX = 6;
const HALVES = 64;
const WHOLES = 78;

export class RangeReader {
  constructor(bytes) {
    this.bytes = bytes;
    this.offset = 0;
    this.range = 2 ** 48;
    this.ahead = 0; // of the range's lower end
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
    this.ahead = this.ahead * 256 + byte;
  }

  peek() {
    const place = Math.floor(this.ahead / Math.floor(this.range / WHOLE));
    if (place >= WHOLE) {
      throw new RangeError("the bytes lie in no slice");
    }
    return place;
  }

  take(start, width) {
    const unit = Math.floor(this.range / WHOLE);
    this.ahead -= unit * start;
    this.range = unit * width;
    if (this.range < LEAST) {
      this.range *= WHOLE;
      this.takeByte();
      this.takeByte();
    }
  }

  bit(chance) {
    const bit = this.peek() < chance ? 1 : 0;
    this.take(bit === 1 ? 0 : chance, bit === 1 ? chance : WHOLE - chance);
    return bit;
  }

  /** count <= 32 bits that nothing is known of, as an unsigned number. */
  bits(count) {
    let value = 0;
    while (count > 0) {
      const size = Math.min(count, 16);
      const unit = 2 ** (16 - size);
      const part = Math.floor(this.peek() / unit);
      this.take(part * unit, unit);
      value = value * 2 ** size + part;
      count -= size;
    }
    return value;
  }

  number(row) {
    const place = this.peek();
    let symbol = 0;
    while (symbol + 1 < row.length && row[symbol + 1] <= place) {
      symbol++;
    }
    this.take(row[symbol], (symbol + 1 < row.length ? row[symbol + 1] : WHOLE) - row[symbol]);
    if (symbol < HALVES) {
      return symbol;
    }
    if (symbol < WHOLES) {
      const bits = ((symbol - HALVES) >> 1) + 5;
      return (2 + (symbol & 1)) * 2 ** bits + this.bits(bits);
    }
    const bits = symbol - WHOLES + 13;
    return 2 ** bits + this.bits(bits);
  }

  signed(row) {
    const number = this.number(row);
    return number % 2 === 1 ? -(number + 1) / 2 : number / 2;
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
