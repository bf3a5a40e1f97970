#!/usr/bin/env bash
# The Dockerfile's runtime packages against the program: every shared library it loads must come from a listed package
# or from what a listed package depends on, and no listed package may be idle. KGRCA names the program.
set -euo pipefail
cd "$(dirname "$0")/../.."
kgrca=${KGRCA:-build/release/kgrca}
[ -x "$kgrca" ] || { echo "check_image: $kgrca is missing; run make build or set KGRCA" >&2; exit 1; }

listed=$(sed -n '/^# runtime packages: begin/,/^# runtime packages: end/p' Dockerfile |
  sed -n 's/^      \([a-z0-9][a-z0-9.+-]*\) \\$/\1/p' | sort -u)
[ -n "$listed" ] || { echo "check_image: no package list between the marks of the Dockerfile" >&2; exit 1; }

# dpkg knows files of a merged /usr by either path.
owner() {
  { dpkg -S "$1" 2>/dev/null || dpkg -S "/usr$1" 2>/dev/null || dpkg -S "${1#/usr}" 2>/dev/null; } | head -n 1 | cut -d: -f1
}
packages_of_libraries() {
  local library
  ldd "$kgrca" | sed -n 's/.*=> \(\/[^ ]*\) .*/\1/p' | while read -r library; do
    owner "$library" | grep . || { echo "check_image: no package owns $library" >&2; exit 1; }
  done | sort -u
}
# The listed packages and everything they depend on, transitively, as installed here.
closure() {
  local known="$1" fresh="$1" next
  while [ -n "$fresh" ]; do
    next=$(dpkg-query -W -f '${Depends},${Pre-Depends}\n' $fresh | tr ',|' '\n\n' | sed 's/^ *//; s/[ (:].*//' | grep . | sort -u)
    next=$(dpkg-query -W -f '${Package}\n' $next 2>/dev/null | sort -u || true)
    fresh=$(comm -13 <(echo "$known") <(echo "$next"))
    known=$(printf '%s\n%s\n' "$known" "$fresh" | grep . | sort -u)
  done
  echo "$known"
}

if ldd "$kgrca" | grep 'not found'; then echo "check_image: the program misses libraries on this machine" >&2; exit 1; fi
needed=$(packages_of_libraries)
missing=$(comm -23 <(echo "$needed") <(closure "$listed"))
idle=$(comm -13 <(echo "$needed") <(grep -vx ca-certificates <<<"$listed"))
status=0
[ -z "$missing" ] || { echo "check_image: the image would miss:" $missing >&2; status=1; }
[ -z "$idle" ] || { echo "check_image: listed in the Dockerfile but not used:" $idle >&2; status=1; }
[ $status -eq 0 ] && echo "check_image: $(wc -l <<<"$needed") packages hold the program's libraries, all in the image"
exit $status
