// SPDX-License-Identifier: Apache-2.0
// msgpack.js - the part of MessagePack that the protocol uses.
//
// Writing: objects with number keys become maps keyed by field number. Reading: maps become objects; integers past
// 2^53 become BigInt.

class Writer {
  constructor() {
    this.bytes = [];
  }

  number(value, size) {
    for (let shift = size - 1; shift >= 0; shift--) {
      this.bytes.push(Math.floor(value / 2 ** (8 * shift)) % 256);
    }
  }

  head(size, fix, fixMax, wide) { // wide: codes for 8, 16, 32 bits; undefined where there is none
    if (size <= fixMax) {
      this.bytes.push(fix | size);
    } else if (size < 256 && wide[0] !== undefined) {
      this.bytes.push(wide[0], size);
    } else if (size < 65536) {
      this.bytes.push(wide[1]);
      this.number(size, 2);
    } else {
      this.bytes.push(wide[2]);
      this.number(size, 4);
    }
  }

  integer(value) {
    if (!Number.isInteger(value) || value < 0) {
      throw new TypeError("only unsigned integers are written");
    }
    if (value >= 2 ** 32) {
      this.bytes.push(0xcf);
      this.number(value, 8);
    } else {
      this.head(value, 0, 127, [0xcc, 0xcd, 0xce]);
    }
  }

  value(value) {
    if (typeof value === "number") {
      this.integer(value);
    } else if (typeof value === "boolean") {
      this.bytes.push(value ? 0xc3 : 0xc2);
    } else if (typeof value === "string") {
      const text = new TextEncoder().encode(value);
      this.head(text.length, 0xa0, 31, [0xd9, 0xda, 0xdb]);
      this.bytes.push(...text);
    } else if (value instanceof Uint8Array) {
      this.head(value.length, 0, -1, [0xc4, 0xc5, 0xc6]);
      this.bytes.push(...value);
    } else if (Array.isArray(value)) {
      this.head(value.length, 0x90, 15, [undefined, 0xdc, 0xdd]);
      value.forEach((item) => this.value(item));
    } else {
      const entries = Object.entries(value);
      this.head(entries.length, 0x80, 15, [undefined, 0xde, 0xdf]);
      for (const [key, item] of entries) {
        this.integer(Number(key));
        this.value(item);
      }
    }
  }
}

export function encode(value) {
  const writer = new Writer();
  writer.value(value);
  return new Uint8Array(writer.bytes);
}

class Reader {
  constructor(bytes) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = 0;
  }

  unsigned(size) {
    const at = this.at;
    this.at += size;
    switch (size) {
      case 1: return this.view.getUint8(at);
      case 2: return this.view.getUint16(at);
      case 4: return this.view.getUint32(at);
      default: return small(this.view.getBigUint64(at));
    }
  }

  signed(size) {
    const at = this.at;
    this.at += size;
    switch (size) {
      case 1: return this.view.getInt8(at);
      case 2: return this.view.getInt16(at);
      case 4: return this.view.getInt32(at);
      default: return small(this.view.getBigInt64(at));
    }
  }

  take(size) {
    if (this.bytes.length - this.at < size) {
      throw new RangeError("the message ends too early");
    }
    this.at += size;
    return this.bytes.subarray(this.at - size, this.at);
  }

  text(size) {
    return new TextDecoder().decode(this.take(size));
  }

  list(size) {
    return Array.from({ length: size }, () => this.value());
  }

  map(size) {
    const map = {};
    for (let i = 0; i < size; i++) {
      const key = this.value();
      map[key] = this.value();
    }
    return map;
  }

  value() {
    const code = this.unsigned(1);
    if (code < 0x80) return code;
    if (code < 0x90) return this.map(code & 15);
    if (code < 0xa0) return this.list(code & 15);
    if (code < 0xc0) return this.text(code & 31);
    if (code >= 0xe0) return code - 256;
    switch (code) {
      case 0xc0: return null;
      case 0xc2: return false;
      case 0xc3: return true;
      case 0xc4: case 0xc5: case 0xc6: return this.take(this.unsigned(1 << (code - 0xc4)));
      case 0xca: this.at += 4; return this.view.getFloat32(this.at - 4);
      case 0xcb: this.at += 8; return this.view.getFloat64(this.at - 8);
      case 0xcc: case 0xcd: case 0xce: case 0xcf: return this.unsigned(1 << (code - 0xcc));
      case 0xd0: case 0xd1: case 0xd2: case 0xd3: return this.signed(1 << (code - 0xd0));
      case 0xd9: case 0xda: case 0xdb: return this.text(this.unsigned(1 << (code - 0xd9)));
      case 0xdc: case 0xdd: return this.list(this.unsigned(code === 0xdc ? 2 : 4));
      case 0xde: case 0xdf: return this.map(this.unsigned(code === 0xde ? 2 : 4));
      default: throw new TypeError(`code 0x${code.toString(16)} is not used here`);
    }
  }
}

function small(big) {
  return big <= Number.MAX_SAFE_INTEGER && big >= Number.MIN_SAFE_INTEGER ? Number(big) : big;
}

export function decode(bytes) {
  return new Reader(bytes).value();
}
