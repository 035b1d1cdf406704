/** Addresses that the caller names, checked and made absolute before they go to a worker. */
import { IbidError } from "./error.js";
import type { ModelPlace } from "./protocol.js";

/** The name of the model that is opened where the caller names none. */
export const DEFAULT_MODEL = "all-minilm-l6-v2";

/** The folder below which models are found by their names, where the caller names none. */
const DEFAULT_MODELS_URL = "models/";

/** A model folder that must hold exactly one model. */
export interface PinnedModel {
  /** The address of the folder, or its name below `modelsUrl`. */
  url: string | URL;
  /** The fingerprint that the model must have, in 64 hexadecimal digits: that of `info().model`. */
  fingerprint: string;
}

/** @throws IbidError `invalid-argument` naming the option */
export function absoluteUrl(option: string, url: string | URL): string {
  try {
    // As everything in a page, with respect to its base address, which `<base href>` may move. Workers have no document.
    return new URL(url, globalThis.document?.baseURI ?? globalThis.location?.href).href;
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
 * Where a model is, and which one it must be if it is pinned. A name is looked up below `modelsUrl`; a string is one if
 * nothing in it makes an address of it: no slash, scheme, query or fragment, and no dot at its beginning.
 *
 * @throws IbidError `invalid-argument` naming the field
 */
export function modelPlace(
  option: string,
  model: string | URL | PinnedModel,
  modelsUrl: string | URL = DEFAULT_MODELS_URL,
): ModelPlace {
  if (isAddress(model)) {
    return { ...placeOf(option, model, modelsUrl), fingerprint: undefined };
  }
  if (typeof model !== "object" || model === null) {
    throw unexpected(option, "a name, an address, or an object with url and fingerprint", model);
  }
  const { url, fingerprint } = model;
  if (!isAddress(url)) {
    throw unexpected(`${option}.url`, "a name or an address", url);
  }
  if (typeof fingerprint !== "string" || !/^[0-9a-f]{64}$/i.test(fingerprint)) {
    throw unexpected(`${option}.fingerprint`, "64 hexadecimal digits", fingerprint);
  }
  return { ...placeOf(`${option}.url`, url, modelsUrl), fingerprint: fingerprint.toLowerCase() };
}

function placeOf(option: string, model: string | URL, modelsUrl: string | URL) {
  if (typeof model !== "string" || !isName(model)) {
    return { url: folderUrl(option, model), name: undefined };
  }
  const url = new URL(`${encodeURIComponent(model)}/`, folderUrl("modelsUrl", modelsUrl));
  return { url: url.href, name: model };
}

function isName(model: string): boolean {
  return /^[^./\\:?#][^/\\:?#]*$/.test(model);
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
