/** Choosing a build of the Rust core that this browser can run, and that computes the right numbers on it. */
import { IbidError } from "../error.js";
import * as relaxed from "../wasm/ibid_relaxed.js";
import type { BuildName } from "../wasm/ibid_simd128.js";
import * as simd128 from "../wasm/ibid_simd128.js";
import { compile } from "./compile.js";
import { reportPanicsOf } from "./panic.js";

/** The functions and classes of the Rust core; both builds have the same. Only this module loads one. */
export type Core = Omit<typeof simd128, "default" | "initSync" | "unload">;

interface Build extends Core {
  default(input: { module_or_path: WebAssembly.Module }): Promise<unknown>;
}

/** A build as workers hand it to each other: no other is fetched, or compiled, again. */
export interface CompiledCore {
  module: WebAssembly.Module;
  /** Whether it is the build with relaxed SIMD. */
  isRelaxed: boolean;
}

/** A core that is ready to use. */
export interface LoadedCore {
  core: Core;
  build: BuildName;
  /** Why a faster build is not used although the browser has its instructions. */
  fallback: string | undefined;
  /** What other workers make a core of by {@link startCore}. */
  compiled: CompiledCore;
}

/**
 * Loads the fastest build whose kernels pass their self-test: relaxed SIMD, else SIMD, else its portable kernels.
 *
 * @param wasmUrl the folder of the binaries, where it is not `wasm/` in the package
 * @param fastest the build to begin with; comparisons of builds ask for slower ones
 * @throws IbidError `internal` where no build can be loaded
 */
export async function loadCore(
  wasmUrl: string | undefined,
  fastest: BuildName = "relaxed-simd",
): Promise<LoadedCore> {
  const failures: string[] = [];
  if (fastest === "relaxed-simd" && WebAssembly.validate(RELAXED_SIMD_PROBE)) {
    try {
      const module = await load(relaxed, relaxedBinary(wasmUrl));
      const failure = selfTest(relaxed);
      if (failure === undefined) {
        reportPanicsOf(relaxed);
        const compiled = { module, isRelaxed: true };
        return { core: relaxed, build: relaxed.buildName(), fallback: undefined, compiled };
      }
      failures.push(failure);
    } catch (cause) {
      failures.push(reason(cause));
    }
    relaxed.unload();
  }
  const module = await load(simd128, simd128Binary(wasmUrl));
  reportPanicsOf(simd128);
  if (fastest === "portable") {
    simd128.useKernels("portable");
  }
  const failure = selfTest(simd128);
  if (failure !== undefined) {
    failures.push(failure);
    simd128.useKernels("portable");
  }
  const fallback = failures.length > 0 ? failures.join("; ") : undefined;
  if (fallback !== undefined) {
    simd128.noteFallback(fallback);
  }
  const compiled = { module, isRelaxed: false };
  return { core: simd128, build: simd128.buildName(), fallback, compiled };
}

/** The core that another worker has loaded, and tested, in this one. */
export async function startCore({ module, isRelaxed }: CompiledCore): Promise<Core> {
  const build: Build = isRelaxed ? relaxed : simd128;
  await build.default({ module_or_path: module });
  reportPanicsOf(build);
  return build;
}

/** What is wrong with the kernels that a build uses, if anything is. A kernel that traps is as wrong as can be. */
function selfTest(core: Core): string | undefined {
  try {
    return core.selfTest();
  } catch (cause) {
    return `the ${core.buildName()} kernels trapped: ${reason(cause)}`;
  }
}

async function load(build: Build, binary: URL): Promise<WebAssembly.Module> {
  try {
    const module = await compile(binary);
    await build.default({ module_or_path: module });
    return module;
  } catch (cause) {
    const message = `the WebAssembly module ${binary} could not be loaded: ${reason(cause)}`;
    throw new IbidError("internal", message, { cause });
  }
}

function reason(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

// The literal addresses let bundlers find the binaries and emit each once.
function relaxedBinary(folder: string | undefined): URL {
  return folder === undefined
    ? new URL("../wasm/ibid_relaxed_bg.wasm", import.meta.url)
    : new URL("ibid_relaxed_bg.wasm", folder);
}

function simd128Binary(folder: string | undefined): URL {
  return folder === undefined
    ? new URL("../wasm/ibid_simd128_bg.wasm", import.meta.url)
    : new URL("ibid_simd128_bg.wasm", folder);
}

/** A module whose one function does nothing but a relaxed dot product: valid only where there is relaxed SIMD. */
// biome-ignore format: one line a section
const RELAXED_SIMD_PROBE = new Uint8Array([
  0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, // "\0asm", version 1
  0x01, 0x04, 0x01, 0x60, 0x00, 0x00, // type section, 4 bytes: one type, () -> ()
  0x03, 0x02, 0x01, 0x00, // function section, 2 bytes: one function, of type 0
  0x0a, 0x14, 0x01, // code section, 20 bytes: one body
  0x12, 0x00, // 18 bytes, no locals
  0x41, 0x00, 0xfd, 0x0f, // i32.const 0, i8x16.splat
  0x41, 0x00, 0xfd, 0x0f,
  0x41, 0x00, 0xfd, 0x0f,
  0xfd, 0x93, 0x02, // i32x4.relaxed_dot_i8x16_i7x16_add_s
  0x1a, 0x0b, // drop, end
]);
