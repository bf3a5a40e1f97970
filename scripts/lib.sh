# Shared by the scripts beside it: installs Debian packages once, configures and builds. Sourced, not run.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
# Equal sources compile once, whichever checkout they stand in.
export CCACHE_BASEDIR=$root CCACHE_NOHASHDIR=1 CCACHE_SLOPPINESS=time_macros,pch_defines

say() { printf '==> %s\n' "$*"; }
fail() { printf 'error: %s\n' "$*" >&2; exit 1; }

# Packages named in the given list files that dpkg does not know as installed.
missing_packages() {
  local wanted installed
  wanted=$(sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$@" | sort -u)
  installed=$(dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' 2>/dev/null | sed -n 's/^ii *//p' | sort -u)
  comm -23 <(printf '%s\n' "$wanted") <(printf '%s\n' "$installed")
}

# install_packages LIST...: installs what is missing, as root or through sudo; takes a moment when nothing is.
install_packages() {
  local lists=() missing as_root=()
  for list in "$@"; do lists+=("$root/scripts/$list"); done
  command -v dpkg-query >/dev/null || fail "this script installs Debian packages; on another system install those named in scripts/packages*.txt"
  missing=$(missing_packages "${lists[@]}")
  [ -z "$missing" ] && return 0
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || fail "packages are missing and there is no sudo; as root run: apt-get install $(echo $missing)"
    as_root=(sudo)
  fi
  say "installing Debian packages: $(echo $missing)"
  "${as_root[@]}" apt-get update -qq || fail "apt-get update failed; check the network and /etc/apt/sources.list"
  # shellcheck disable=SC2086
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null ||
    fail "apt-get install failed; the packages named above are needed"
}

# build PRESET [TARGET...]: configures when needed and builds.
build() {
  local preset=$1
  shift
  if [ ! -f "build/$preset/build.ninja" ]; then
    say "configuring build/$preset"
    cmake --preset "$preset" >"$root/build-configure.log" 2>&1 || { cat "$root/build-configure.log" >&2; rm -f "$root/build-configure.log"; fail "cmake could not configure"; }
    rm -f "$root/build-configure.log"
  fi
  say "building $preset (the first time takes some minutes)"
  cmake --build "build/$preset" ${1:+--target "$@"} -- -j"${KGRCA_JOBS:-$(nproc)}"
}
