// SPDX-License-Identifier: Apache-2.0
// run.mjs MODULE: plays all golden matches in WebAssembly and prints their rows. An instance for each match, for its memory.
import { readFileSync, writeSync } from "node:fs";

const module = new WebAssembly.Module(readFileSync(process.argv[2]));
for (let index = 0; index < 10; index++) {
  const host = {
    write: (at, size) => writeSync(1, new Uint8Array(instance.exports.memory.buffer, at, size)),
  };
  const instance = new WebAssembly.Instance(module, { host });
  instance.exports.golden_run(index);
}
