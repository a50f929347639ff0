// SPDX-License-Identifier: Apache-2.0
// clock.js - which tick an input names, as libcommon/game/client/input_clock.h does it (docs/protocol.md, "Inputs over time").

const DEPTH_UNKNOWN = 0;
const DEPTH_RIGHT = 16;
const EASE_TICKS = 60;
const EASE_MAX = 6;
const WAIT_TICKS = 120;
const FIRST_LEAD_TICKS = 2;

export class InputClock {
  constructor() {
    this.offset = null; // tick - sequence; null before the first snapshot
    this.leavesOut = false;
  }

  set(offset, tick, nextSequence) {
    this.offset = offset;
    this.setSequence = nextSequence;
    this.setTick = tick;
    this.easedTick = tick;
  }

  /** The latest snapshot's tick, last input used, and input depth; nextSequence: of the input that is made next. */
  observe(tick, usedSequence, depth, nextSequence) {
    if (this.offset === null) {
      this.set(tick + FIRST_LEAD_TICKS - nextSequence, tick, nextSequence);
      return;
    }
    const isOfThisOffset = usedSequence >= this.setSequence || tick - this.setTick >= WAIT_TICKS;
    if (depth === DEPTH_UNKNOWN || !isOfThisOffset) {
      return;
    }
    const early = depth - DEPTH_RIGHT;
    if (early < 0 || early > EASE_MAX) {
      this.set(this.offset - early, tick, nextSequence);
    } else if (early > 0 && tick - this.easedTick >= EASE_TICKS) {
      this.leavesOut = true;
      this.easedTick = tick;
    }
  }

  /** Once a client tick, 60 a second. False: this tick makes no input. */
  advance() {
    const makesInput = !this.leavesOut;
    this.leavesOut = false;
    return makesInput;
  }

  /** So many ticks went by without an input: the page was asleep. */
  skip(ticks) {
    if (this.offset !== null) {
      this.offset += ticks;
    }
  }

  tickOf(sequence) {
    return this.offset === null ? 0 : sequence + this.offset;
  }
}
