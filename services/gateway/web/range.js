// SPDX-License-Identifier: Apache-2.0
// range.js - a reader of the range coder, as in libcommon/game/snapshot/range.h (docs/wire-format.md, "Range coder"). A probability
// is that of a 1, in 1/65536; a CDF is the cumulative frequency before each symbol.

const TOTAL = 65536;
const RANGE_LEAST = 2 ** 32;
const TAIL_MAX = 6;
const HALF_SYMBOLS = 64;
const LENGTH_SYMBOLS = 78;

export class RangeReader {
  constructor(bytes) {
    this.bytes = bytes;
    this.offset = 0;
    this.range = 2 ** 48;
    this.code = 0; // the code value minus low
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
    this.code = this.code * 256 + byte;
  }

  peek() {
    const value = Math.floor(this.code / Math.floor(this.range / TOTAL));
    if (value >= TOTAL) {
      throw new RangeError("the bytes lie in no interval");
    }
    return value;
  }

  take(cumulative, frequency) {
    const unit = Math.floor(this.range / TOTAL);
    this.code -= unit * cumulative;
    this.range = unit * frequency;
    if (this.range < RANGE_LEAST) {
      this.range *= TOTAL;
      this.takeByte();
      this.takeByte();
    }
  }

  bit(probability) {
    const bit = this.peek() < probability ? 1 : 0;
    this.take(bit === 1 ? 0 : probability, bit === 1 ? probability : TOTAL - probability);
    return bit;
  }

  /** count <= 32 equiprobable bits, as an unsigned number. */
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

  number(cdf) {
    const value = this.peek();
    let symbol = 0;
    while (symbol + 1 < cdf.length && cdf[symbol + 1] <= value) {
      symbol++;
    }
    this.take(cdf[symbol], (symbol + 1 < cdf.length ? cdf[symbol + 1] : TOTAL) - cdf[symbol]);
    if (symbol < HALF_SYMBOLS) {
      return symbol;
    }
    if (symbol < LENGTH_SYMBOLS) {
      const bits = ((symbol - HALF_SYMBOLS) >> 1) + 5;
      return (2 + (symbol & 1)) * 2 ** bits + this.bits(bits);
    }
    const bits = symbol - LENGTH_SYMBOLS + 13;
    return 2 ** bits + this.bits(bits);
  }

  signed(cdf) {
    const number = this.number(cdf);
    return number % 2 === 1 ? -(number + 1) / 2 : number / 2;
  }

  /** A value by its difference, modulo 2^32, to a prediction that both sides make: unsigned, and signed. */
  residual(cdf, expected) {
    return (expected + this.signed(cdf)) >>> 0;
  }

  residualSigned(cdf, expected) {
    return (expected + this.signed(cdf)) | 0;
  }

  /** Refuses bytes left over. */
  finish() {
    if (this.offset < this.bytes.length) {
      throw new RangeError("bytes are left over");
    }
  }
}
