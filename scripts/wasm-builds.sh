# Sourced, after common.sh, by the scripts that build a crate to WebAssembly twice: simd128 for every browser, relaxed
# for those with relaxed SIMD. They set
#
#   manifest    Cargo.toml of the crate
#   crate       the name of its library
#   name        bindings are called NAME_simd128 and NAME_relaxed
#   out         the folder for them
#
# and may set profile, which cargo builds by, and define finish_builds, which is called with the folder of all before it takes the place
# of the last one, and finish_glue, which is called with the path of each binding without its extension.

builds=(simd128 relaxed)
profile=web
# The features LLVM may use (see wasm-toolchain); wasm-opt refuses any that it is not told of.
common_features=(--enable-simd --enable-bulk-memory --enable-bulk-memory-opt --enable-sign-ext
  --enable-mutable-globals --enable-nontrapping-float-to-int --enable-multivalue --enable-reference-types)

finish_glue() { :; }
finish_builds() { :; }

# Cargo lets one build at a time into a folder, so each has its own. Prints the binary that it makes there.
target() { echo "$WASM_TARGET/$1"; }
built() { echo "$(target "$1")/$WASM_TRIPLE/$profile/$crate.wasm"; }

# cargo_features BUILD, wasm_features BUILD
cargo_features() { if [ "$1" = relaxed ]; then echo --features=relaxed-simd; fi; }
wasm_features() {
  printf '%s\n' "${common_features[@]}"
  if [ "$1" = relaxed ]; then echo --enable-relaxed-simd; fi
}

compile() {
  local features
  mapfile -t features < <(cargo_features "$1")
  scripts/wasm-toolchain run cargo build --manifest-path "$manifest" --profile "$profile" --target "$WASM_TRIPLE" \
    --target-dir "$(target "$1")" --lib "${features[@]}"
}

# Gives a build what the first one has of dependencies; at once, so that cargo never takes half a file of an interrupted run for whole.
seed() {
  local partial
  partial=$(target "$1").partial
  rm -rf "$partial"
  cp -a "$(target "${builds[0]}")" "$partial"
  mv "$partial" "$(target "$1")"
}

# The first build compiles what all of them depend on, and the others begin with that. Then they keep a processor busy each: linking is on
# one core.
compile_all() {
  local build process processes=()
  run_step "wasm: building ${name}_${builds[0]}" compile "${builds[0]}"
  for build in "${builds[@]:1}"; do
    [ -d "$(target "$build")" ] || seed "$build"
    run_step "wasm: building ${name}_$build" compile "$build" &
    processes+=($!)
  done
  for process in "${processes[@]}"; do wait "$process"; done
}

bind() {
  "$bindgen/bind-wasm" "$(built "$2")" "$1" "${name}_$2"
  finish_glue "$1/${name}_$2"
}

optimise() {
  local features
  mapfile -t features < <(wasm_features "$2")
  node_modules/.bin/wasm-opt -O3 "${features[@]}" "$1/${name}_$2_bg.wasm" -o "$1/${name}_$2_bg.wasm"
}

bind_and_optimise() {
  local partial=$out.partial build process processes=()
  rm -rf "$partial"
  for build in "${builds[@]}"; do
    run_step "wasm: binding ${name}_$build" bind "$partial" "$build"
    run_step "wasm: optimising ${name}_$build" optimise "$partial" "$build" & # on one core
    processes+=($!)
  done
  for process in "${processes[@]}"; do wait "$process"; done
  finish_builds "$partial"
  rm -rf "$out"
  mv "$partial" "$out" # at once: an interrupted run leaves no unoptimised binary that looks finished
}

print_size() {
  step "wasm: $(node --input-type=module -e '
    import { readFileSync } from "node:fs";
    import { brotliCompressSync } from "node:zlib";
    const bytes = readFileSync(process.argv[1]);
    const kib = (n) => `${(n / 1024).toFixed(0)} KiB`;
    console.log(`${process.argv[1]} is ${kib(bytes.length)}, ${kib(brotliCompressSync(bytes).length)} with brotli`);
  ' "$1")"
}

print_sizes() {
  local build
  for build in "${builds[@]}"; do print_size "$out/${name}_${build}_bg.wasm"; done
}

# Newer than what cargo made, than these scripts, and than the lock file, which pins wasm-opt.
up_to_date() {
  local build source
  for build in "${builds[@]}"; do
    for source in "$(built "$build")" "scripts/$(basename "$0")" "${BASH_SOURCE[0]}" package-lock.json; do
      [ "$out/${name}_${build}_bg.wasm" -nt "$source" ] || return 1
    done
  done
}

# Bindings are made again only when cargo made a new binary; whether it has to is cargo's business.
make_builds() {
  local npm
  scripts/install-npm & # waits for the network, cargo for the processor
  npm=$!
  bindgen=$(scripts/install-wasm-bindgen)
  wait "$npm"
  compile_all
  if ! up_to_date; then
    bind_and_optimise
    print_sizes
  fi
}
