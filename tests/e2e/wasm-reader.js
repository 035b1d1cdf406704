// @ts-check
// Reads the instructions of a WebAssembly binary, to see and to change what a build really holds.
// https://webassembly.github.io/spec/core/binary/

const CODE_SECTION = 10;
const PREFIX = { saturating: 0xfc, simd: 0xfd };

/** Instructions by name, as prefix and number. */
export const OPCODES = {
  i16x8Add: 0x8e,
  i32x4Mul: 0xb5,
  i32x4Dot: 0xba,
  firstRelaxed: 0x100,
  relaxedMadd: 0x105,
  relaxedPairs: 0x112,
  relaxedDot: 0x113,
};

/**
 * An instruction with the prefix of SIMD: its number, and where it begins.
 * @typedef {{ opcode: number, at: number }} SimdInstruction
 */

class Reader {
  /**
   * @param {Uint8Array} bytes
   * @param {number} at
   */
  constructor(bytes, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  byte() {
    return this.bytes[this.at++];
  }

  /** An unsigned number in LEB128; of a signed one only the end is right, which is all that is asked for. */
  number() {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  }

  /** @param {number} bytes */
  skip(bytes) {
    this.at += bytes;
  }

  /** @param {number} count */
  skipNumbers(count) {
    for (; count > 0; count--) this.number();
  }

  skipMemoryArgument() {
    const alignment = this.number();
    this.skipNumbers(alignment & 0x40 ? 2 : 1); // with the memory's number where there are several
  }

  skipLocals() {
    for (let groups = this.number(); groups > 0; groups--) {
      this.number();
      this.skip(1);
    }
  }
}

/** How many numbers follow each instruction with the prefix 0xfc. */
const SATURATING_IMMEDIATES = [0, 0, 0, 0, 0, 0, 0, 0, 2, 1, 2, 1, 2, 1, 2, 1, 1, 1];

/**
 * Moves past what follows the number of a SIMD instruction.
 * @param {Reader} reader
 * @param {number} opcode
 */
function skipSimdImmediates(reader, opcode) {
  if (opcode <= 11 || opcode === 92 || opcode === 93) reader.skipMemoryArgument();
  else if (opcode === 12 || opcode === 13) reader.skip(16);
  else if (opcode >= 21 && opcode <= 34) reader.skip(1);
  else if (opcode >= 84 && opcode <= 91) {
    reader.skipMemoryArgument();
    reader.skip(1);
  } else if (opcode > OPCODES.relaxedDot) throw new Error(`unknown SIMD instruction ${opcode}`);
}

/**
 * Moves past what follows an instruction without a prefix.
 * @param {Reader} reader
 * @param {number} opcode
 */
function skipImmediates(reader, opcode) {
  if (opcode <= 0x01 || opcode === 0x05 || opcode === 0x0b || opcode === 0x0f) return;
  if (opcode >= 0x02 && opcode <= 0x04)
    reader.number(); // the type of a block
  else if (opcode === 0x0c || opcode === 0x0d || opcode === 0x10 || opcode === 0x12) reader.number();
  else if (opcode === 0x0e) reader.skipNumbers(reader.number() + 1);
  else if (opcode === 0x11 || opcode === 0x13) reader.skipNumbers(2);
  else if (opcode === 0x1a || opcode === 0x1b) return;
  else if (opcode === 0x1c) reader.skip(reader.number());
  else if (opcode >= 0x20 && opcode <= 0x26) reader.number();
  else if (opcode >= 0x28 && opcode <= 0x3e) reader.skipMemoryArgument();
  else if (opcode >= 0x3f && opcode <= 0x42) reader.number();
  else if (opcode === 0x43) reader.skip(4);
  else if (opcode === 0x44) reader.skip(8);
  else if (opcode >= 0x45 && opcode <= 0xc4) return;
  else if (opcode === 0xd0 || opcode === 0xd2) reader.number();
  else if (opcode !== 0xd1)
    throw new Error(`unknown instruction 0x${opcode.toString(16)} at ${reader.at - 1}`);
}

/**
 * The SIMD instructions of the function that ends at `end`.
 * @param {Reader} reader
 * @param {number} end
 * @returns {Generator<SimdInstruction>}
 */
function* readFunction(reader, end) {
  reader.skipLocals();
  while (reader.at < end) {
    const at = reader.at;
    const opcode = reader.byte();
    if (opcode === PREFIX.simd) {
      const opcode = reader.number();
      yield { opcode, at };
      skipSimdImmediates(reader, opcode);
    } else if (opcode === PREFIX.saturating) {
      const opcode = reader.number();
      if (opcode >= SATURATING_IMMEDIATES.length) throw new Error(`unknown instruction 0xfc ${opcode}`);
      reader.skipNumbers(SATURATING_IMMEDIATES[opcode]);
    } else skipImmediates(reader, opcode);
  }
  if (reader.at !== end) throw new Error(`a function ends at ${reader.at}, not at ${end}`);
}

/**
 * The SIMD instructions of a binary, in order.
 * @param {Uint8Array} binary
 * @returns {Generator<SimdInstruction>}
 */
export function* simdInstructions(binary) {
  const reader = new Reader(binary, 8); // after magic and version
  while (reader.at < binary.length) {
    const section = reader.byte();
    const end = reader.number() + reader.at;
    if (section === CODE_SECTION) {
      for (let functions = reader.number(); functions > 0; functions--) {
        yield* readFunction(reader, reader.number() + reader.at);
      }
    }
    reader.at = end;
  }
}

/**
 * A copy of a binary in which every SIMD instruction `from` is `to`, which must take and return the same types.
 * @param {Uint8Array} binary
 * @param {number} from both of 0x80 to 0x3fff, so that their numbers have two bytes
 * @param {number} to
 */
export function replaceInstruction(binary, from, to) {
  const copy = binary.slice();
  for (const { opcode, at } of simdInstructions(binary)) {
    if (opcode === from) copy.set([(to & 0x7f) | 0x80, to >> 7], at + 1);
  }
  return copy;
}
