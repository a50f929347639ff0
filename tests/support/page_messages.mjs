// SPDX-License-Identifier: Apache-2.0
// page_messages.mjs - the page's names for messages against the golden vectors of the transcoder.
//
// usage: node page_messages.mjs WEB FILE      WEB: a copy of services/gateway/web; FILE: tests/golden/transcode_client.json
//
// What a client says must come to the vector's bytes; what a server says must have the vector's values under their names.
// Prints how many messages and fields were compared; throws at the first that differs.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [web, file] = process.argv.slice(2);
const page = (module) => import(pathToFileURL(`${web}/${module}.js`));
const { named, numbered } = await page("connection");
const { MESSAGES, TicketState } = await page("messages");
const { decode, encode } = await page("msgpack");
let messages = 0;
let fields = 0;

const bytesOf = (text) => Uint8Array.from(Buffer.from(text, "base64"));
/** 2^53 and more is written as text in JSON, and is a BigInt for the page, which only echoes it. */
const hasLarge = (value) => (typeof value === "string" ? /^\d{16,}$/.test(value) : typeof value === "object" && Object.values(value).some(hasLarge));

function compareClient({ json, msgpack }) {
  const message = json.input === undefined ? json : { ...json, input: bytesOf(json.input) };
  if (!hasLarge(json)) {
    assert.equal(Buffer.from(encode(numbered("ClientMessage", message))).toString("hex"), msgpack);
    messages++;
  }
}

function compareValue(where, actual, expected) {
  if (Array.isArray(expected)) {
    assert.equal(actual.length, expected.length, where);
    expected.forEach((item, i) => compareValue(`${where}[${i}]`, actual[i], item));
  } else if (typeof expected === "object") {
    Object.entries(expected).forEach(([name, value]) => compareValue(`${where}.${name}`, actual[name], value));
  } else if (!/_time$/.test(where)) { // text in JSON, ms here
    const value = /\.state$/.test(where) ? Object.keys(TicketState)[actual] : typeof actual === "bigint" ? String(actual) : actual;
    assert.equal(hasLarge(expected) ? String(value) : value, expected, where);
    fields++;
  }
}

function compareServer({ json, msgpack }) {
  const decoded = decode(Uint8Array.from(Buffer.from(msgpack, "hex")));
  const { snapshot, ...rest } = json;
  if (snapshot !== undefined) {
    assert.deepEqual(decoded[MESSAGES.ServerMessage.snapshot[0]], bytesOf(snapshot));
  }
  const message = named("ServerMessage", decoded);
  compareValue("message", message, rest);
  messages++;
}

for (const vector of JSON.parse(readFileSync(file, "utf8"))) {
  (vector.message === "ClientMessage" ? compareClient : compareServer)(vector);
}
assert.throws(() => numbered("ClientMessage", { chatter: {} }), /ClientMessage has no field chatter/);
assert.throws(() => numbered("ClientMessage", { chat: { words: "" } }), /Chat has no field words/);
console.log(`${messages} messages, ${fields} fields`);
