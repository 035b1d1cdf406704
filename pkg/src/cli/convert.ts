/** Quantising a source folder: by the WebAssembly core that browsers quantise with, so that the bytes are the same. */
import { readFile } from "node:fs/promises";
import { toErrorMessage } from "../error.js";
import type { SourceFiles } from "../model/source.js";
import * as core from "../wasm/ibid_simd128.js";
import { Failure } from "./failure.js";

/** What the files of a source do not say of its model. */
export interface Description {
  /** The model's public name. */
  name: string;
  license: string;
  /** Where the weights come from. */
  source: string;
  /** The texts before queries and passages; `undefined` takes the source's own. */
  queryPrefix: string | undefined;
  passagePrefix: string | undefined;
}

/** A converted model, which is a folder of these files. */
export interface ConvertedModel {
  files: Record<"model.json" | "tokenizer.json" | "weights.safetensors", Uint8Array>;
  fingerprint: string;
}

/** What is needed to tell whether a model can be converted, which is little beside its weights. */
export type SourceWithoutWeights = Omit<SourceFiles, "weights">;

/** The name of the weights in messages of the core. */
const WEIGHTS = "model.safetensors";

let loading: Promise<unknown> | undefined;

/** Loads the build that every version of Node.js runs; what it computes here is the same in each. */
function load(): Promise<unknown> {
  loading ??= readFile(new URL("../wasm/ibid_simd128_bg.wasm", import.meta.url)).then((binary) =>
    core.default({ module_or_path: binary }),
  );
  return loading;
}

/**
 * Whether the core knows the architecture, the tokenizer and the rest, before the weights are fetched.
 *
 * @throws Failure `model` saying what is not supported or wrong
 */
export async function checkSource(source: SourceWithoutWeights, where: string): Promise<void> {
  await load();
  try {
    core.quantizeModel({ ...source, weights: new Uint8Array() }, where);
  } catch (error) {
    // That there are no weights is the last thing that the core notices.
    if (!toErrorMessage(error).message.includes(WEIGHTS)) {
      throw refused(error, where);
    }
  }
}

/** @throws Failure `model` saying what is wrong with the files at `where` */
export async function convert(
  source: SourceFiles,
  description: Description,
  where: string,
): Promise<ConvertedModel> {
  await load();
  try {
    const { manifest, tokenizer, weights } = core.quantizeModel(withPrefixes(source, description), "");
    const described = describe(manifest, description);
    const fingerprint = core.modelFingerprint(described, tokenizer);
    return {
      files: { "model.json": described, "tokenizer.json": tokenizer, "weights.safetensors": weights },
      fingerprint,
    };
  } catch (error) {
    throw refused(error, where);
  }
}

/** The fingerprint of a model that is converted already. */
export async function fingerprintOf(
  manifest: Uint8Array,
  tokenizer: Uint8Array,
  where: string,
): Promise<string> {
  await load();
  try {
    return core.modelFingerprint(manifest, tokenizer);
  } catch (error) {
    throw refused(error, where);
  }
}

/** The sizes and hashes that a manifest lists, by file name. */
export async function digestsOf(manifest: Uint8Array, where: string) {
  await load();
  try {
    return core.modelFileDigests(manifest);
  } catch (error) {
    throw refused(error, where);
  }
}

/** The source with prefixes where sentence-transformers writes them and the core reads them. */
function withPrefixes(source: SourceFiles, { queryPrefix, passagePrefix }: Description): SourceFiles {
  if (queryPrefix === undefined && passagePrefix === undefined) {
    return source;
  }
  const config = source.prompts === undefined ? {} : JSON.parse(new TextDecoder().decode(source.prompts));
  const prompts = {
    ...config.prompts,
    ...(queryPrefix !== undefined && { query: queryPrefix }),
    ...(passagePrefix !== undefined && { passage: passagePrefix }),
  };
  return { ...source, prompts: new TextEncoder().encode(JSON.stringify({ ...config, prompts })) };
}

/**
 * The manifest with name, licence and source, which the core leaves open. They are lines of their own there; the rest stays
 * to the byte, since numbers that are written anew may be written differently.
 */
function describe(manifest: Uint8Array, { name, license, source }: Description): Uint8Array {
  let text = new TextDecoder().decode(manifest);
  for (const [field, value] of Object.entries({ name, license, source })) {
    const line = new RegExp(`^  "${field}": ".*",$`, "m");
    if (!line.test(text)) {
      throw new Error(`the core's model.json has no line with the field ${field}`);
    }
    text = text.replace(line, () => `  "${field}": ${JSON.stringify(value)},`);
  }
  return new TextEncoder().encode(text);
}

function refused(error: unknown, where: string): Error {
  const { code, message } = toErrorMessage(error);
  if (!code.startsWith("model-") && code !== "invalid-argument") {
    const panic = core.lastPanic();
    return new Error(`${where} could not be converted: ${panic ?? message}`, { cause: error });
  }
  return new Failure("model", `${where} cannot be converted: ${message}`, { cause: error });
}
