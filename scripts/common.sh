# Sourced by every script here: where things live, and one line of output a step.
#
#   IBID_CACHE       downloads and tools shared by all clones (default: ~/.cache/ibid)
#   IBID_TARGET_DIR  cargo's output (default: target/ in this clone)
#   IBID_VERBOSE=1   show the output of every step, not only of one that fails
set -euo pipefail
shopt -s inherit_errexit

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
CACHE=${IBID_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/ibid}
# Native and wasm builds may come from two compilers (see wasm-toolchain), so each has its own folder.
NATIVE_TARGET=${IBID_TARGET_DIR:-$ROOT/target}
WASM_TARGET=$NATIVE_TARGET/wasm
WASM_TRIPLE=wasm32-unknown-unknown
cd "$ROOT"
mkdir -p "$CACHE"

# Builds the package as it is published, unless it is there: a quick build (scripts/build-wasm --quick) does not count.
need_package() {
  if [ ! -e pkg/dist/index.d.ts ] || [ -e pkg/dist/wasm/QUICK ]; then
    scripts/build-wasm
    scripts/build-npm
  fi
}

step() { printf '==> %s\n' "$*" >&2; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

# run_step "area: what" COMMAND...: announces the step; its output is shown only if it fails.
run_step() {
  step "$1"
  shift
  if [ -n "${IBID_VERBOSE:-}" ]; then "$@" >&2; return; fi
  local log status
  log=$(mktemp)
  # Not `"$@" || status=$?`: that would let a shell function run on after a command of it failed.
  set +e
  (set -e; "$@") >"$log" 2>&1
  status=$?
  set -e
  if [ "$status" -ne 0 ]; then cat "$log" >&2; fi
  rm -f "$log"
  [ "$status" -eq 0 ] || die "$(basename "$1") failed with status $status: $*"
}

# install_packages PACKAGE...: installs Debian packages if we may, else says which are missing.
install_packages() {
  local sudo=()
  have apt-get || die "please install the equivalents of Debian's packages: $*"
  if [ "$(id -u)" -ne 0 ]; then
    sudo -n true 2>/dev/null || die "please run: sudo apt-get install $*"
    sudo=(sudo -n)
  fi
  run_step "system: updating the package list" "${sudo[@]}" apt-get update
  run_step "system: installing $*" \
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"
}
