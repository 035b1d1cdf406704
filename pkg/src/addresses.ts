/** Addresses that the caller names, checked and made absolute before they go to a worker. */
import { IbidError } from "./error.js";
import type { ModelPlace } from "./protocol.js";

/** A model folder that must hold exactly one model. */
export interface PinnedModel {
  /** The address of the folder. */
  url: string | URL;
  /** The fingerprint that the model must have, in 64 hexadecimal digits: that of `info().model`. */
  fingerprint: string;
}

/** @throws IbidError `invalid-argument` naming the option */
export function absoluteUrl(option: string, url: string | URL): string {
  try {
    return new URL(url, globalThis.location?.href).href;
  } catch (cause) {
    throw new IbidError("invalid-argument", `options.${option}: ${JSON.stringify(url)} is not an address`, {
      cause,
    });
  }
}

/** The absolute address of a folder, which ends in a slash whether or not the caller wrote it. */
export function folderUrl(option: string, url: string | URL): string {
  const absolute = new URL(absoluteUrl(option, url));
  if (!absolute.pathname.endsWith("/")) {
    absolute.pathname += "/";
  }
  return absolute.href;
}

/**
 * Where a model is, and which one it must be if it is pinned.
 *
 * @throws IbidError `invalid-argument` naming the field
 */
export function modelPlace(option: string, model: string | URL | PinnedModel): ModelPlace {
  if (isAddress(model)) {
    return { url: folderUrl(option, model), fingerprint: undefined };
  }
  if (typeof model !== "object" || model === null) {
    throw unexpected(option, "an address, or an object with url and fingerprint", model);
  }
  const { url, fingerprint } = model;
  if (!isAddress(url)) {
    throw unexpected(`${option}.url`, "an address", url);
  }
  if (typeof fingerprint !== "string" || !/^[0-9a-f]{64}$/i.test(fingerprint)) {
    throw unexpected(`${option}.fingerprint`, "64 hexadecimal digits", fingerprint);
  }
  return { url: folderUrl(`${option}.url`, url), fingerprint: fingerprint.toLowerCase() };
}

function isAddress(value: unknown): value is string | URL {
  // By its name, since it may be of another frame.
  return typeof value === "string" || Object.prototype.toString.call(value) === "[object URL]";
}

function unexpected(option: string, expected: string, found: unknown): IbidError {
  const described =
    typeof found === "string" ? JSON.stringify(found) : found === null ? "null" : typeof found;
  return new IbidError("invalid-argument", `options.${option}: expected ${expected}, found ${described}`);
}
