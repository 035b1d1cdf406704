/** Values of the caller as plain data, before they go to the worker. */
import { IbidError } from "./error.js";
import type { ErrorCode } from "./wasm/ibid_simd128.js";

/** Deeper than any filter that the core takes. */
const maxDepth = 100;

/**
 * A filter as plain data: dates are strings in ISO 8601. What JSON has no form for is refused here, since the worker
 * would get something else, or nothing.
 */
export function plainFilter(filter: unknown): unknown {
  return plain(filter, "filter", []);
}

/** @param around the objects that the value is in */
function plain(value: unknown, path: string, around: object[]): unknown {
  if (isDate(value)) {
    return isoDate(value, "invalid-filter", path);
  }
  if (isPlain(value)) {
    if (around.includes(value)) {
      refuse(path, "it contains itself");
    }
    if (around.length > maxDepth) {
      refuse("filter", "it is nested too deeply");
    }
    const inside = [...around, value];
    if (Array.isArray(value)) {
      return Array.from(value, (element, at) => plain(element, `${path}[${at}]`, inside));
    }
    const entries = Object.entries(value);
    return Object.fromEntries(entries.map(([name, entry]) => [name, plain(entry, join(path, name), inside)]));
  }
  if (value === null || ["string", "boolean"].includes(typeof value) || Number.isFinite(value)) {
    return value;
  }
  const kind = typeof value === "object" ? classOf(value) : typeof value;
  const found = typeof value === "number" || value === undefined ? String(value) : `a ${kind}`;
  return refuse(path, `expected a string, a number, a boolean, null or a Date, found ${found}`);
}

function refuse(path: string, message: string): never {
  throw new IbidError("invalid-filter", `${path}: ${message}`);
}

function join(path: string, name: string): string {
  return /^[\p{L}\p{N}_$-]{1,40}$/u.test(name) ? `${path}.${name}` : `${path}[${JSON.stringify(name)}]`;
}

/**
 * Metadata with its dates as strings in ISO 8601. `undefined` is refused here, since the core could not tell it from null,
 * and so are lists, which it would read as pairs of a name and a value; what else is no metadata is left to the core.
 */
export function plainMetadata(metadata: unknown, id: unknown): unknown {
  if (Array.isArray(metadata) || classOf(metadata) === "Set") {
    throw new IbidError(
      "invalid-argument",
      `document ${JSON.stringify(id)}: metadata: expected an object, found a list`,
    );
  }
  if (!isPlain(metadata)) {
    return metadata;
  }
  const entries = Object.entries(metadata).map(([name, value]) => {
    const path = `document ${JSON.stringify(id)}: metadata.${name}`;
    const plainValue = (element: unknown) => {
      if (element === undefined) {
        throw new IbidError("invalid-argument", `${path}: it is undefined; null stands for nothing`);
      }
      return isDate(element) ? isoDate(element, "invalid-argument", path) : element;
    };
    return [name, Array.isArray(value) ? Array.from(value, plainValue) : plainValue(value)];
  });
  return Object.fromEntries(entries);
}

/** The class of a built-in object, also of another frame; `Object` for those of the page's own classes. */
export function classOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice("[object ".length, -1);
}

/** Whether it is a `Blob` or a `File`, also of another frame. */
export function isBlob(value: unknown): value is Blob {
  return isFile(value) || classOf(value) === "Blob";
}

/** The same of a `File` alone. */
export function isFile(value: unknown): value is File {
  return classOf(value) === "File";
}

function isDate(value: unknown): value is Date {
  return classOf(value) === "Date";
}

function isPlain(value: unknown): value is object {
  return ["Object", "Array"].includes(classOf(value));
}

function isoDate(date: Date, code: ErrorCode, path: string): string {
  if (Number.isNaN(date.valueOf())) {
    throw new IbidError(code, `${path}: the date is invalid`);
  }
  return date.toISOString();
}
