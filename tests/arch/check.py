#!/usr/bin/env python3
"""Checks the rules of docs/architecture.md: who includes whom, which room owns which library, sizes, coroutine traps, and that
pages named in comments exist.

usage: check.py ROOT      prints one line per violation; exit 1 when there is any
"""
import os
import re
import sys

ROOMS = ["core", "model", "wire", "store", "net", "normalize", "graph", "anomaly", "tenancy", "rca", "query",
         "pipeline", "ingest", "api", "notify", "eval", "app"]
MAY_SEE = {
    "core": "", "model": "core", "wire": "core", "store": "core", "net": "core",
    "normalize": "core model wire", "graph": "core model wire store", "anomaly": "core model",
    "tenancy": "core model wire store", "rca": "core model graph anomaly", "query": "core model wire graph",
    "pipeline": "core model wire store net normalize graph anomaly tenancy rca query",
    "ingest": "core model wire store normalize graph anomaly tenancy net pipeline",
    "api": "core model wire store normalize graph anomaly tenancy rca query pipeline net",
    "notify": "core model wire store normalize graph anomaly tenancy rca query pipeline net",
    "eval": "core model wire store normalize graph anomaly tenancy rca query pipeline",
    "app": " ".join(ROOMS),
}
LIBRARY_OF = [  # header prefix, rooms that may include it
    ("absl/", set(ROOMS)),
    ("spdlog/", {"core"}), ("yaml-cpp/", {"core"}), ("prometheus/", {"core"}), ("xxhash", {"core"}),
    ("simdjson", {"wire"}), ("boost/json", {"wire"}), ("protozero/", {"wire"}), ("snappy", {"wire"}),
    ("zlib", {"wire"}), ("zstd", {"wire"}), ("re2/", {"wire"}),
    ("openssl/ssl", {"net"}), ("openssl/", {"wire", "net"}),
    ("rocksdb/", {"store"}), ("boost/beast", {"net"}), ("librdkafka/", {"ingest"}), ("CLI/", {"app"}),
    ("boost/asio", {"net", "pipeline", "ingest", "api", "notify", "eval", "app"}),
]
OPENERS = {"tenancy", "store"}          # rooms that may name TenantViewOpener
FILE_LINES, FUNCTION_LINES = 600, 70
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
FUNCTION_END = re.compile(r"^\}")
BANNED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")


def room_of(path, root):
    parts = os.path.relpath(path, root).split(os.sep)
    if parts[0] == "src":
        return parts[1]
    if parts[:2] == ["include", "kgrca"]:
        return parts[2] if parts[2] in ROOMS else parts[2].split(".")[0]
    return None


def check_include(room, kind, target, private):
    if kind == '"':
        parts = target.split("/")
        if parts[0] == "kgrca":
            other = parts[1]
            if other != room and other not in MAY_SEE[room].split():
                return f"room {room} may not include room {other} ({target})"
        elif parts[0] == room and private:
            return None
        else:
            return f'"{target}" does not name its room; use "kgrca/<room>/…" or "{room}/…"'
    for prefix, owners in LIBRARY_OF:
        if target.startswith(prefix):
            return None if room in owners else f"<{target}> belongs to {', '.join(sorted(owners))}, not to {room}"
    return None


def functions(lines):
    """(first line, length) of every top-level or namespace-level block that begins like a function."""
    start = None
    for number, line in enumerate(lines, 1):
        if start is None and re.match(r"^[A-Za-z_].*[({]\s*$|^[A-Za-z_].*\)\s*(const|noexcept|override|\s)*(:.*)?\{\s*$", line) \
                and not re.match(r"^(namespace|struct|class|enum|union|extern|using|constexpr .*=|const .*=|static .*=)", line):
            start = number
        elif start is not None and FUNCTION_END.match(line):
            yield start, number - start + 1
            start = None


def check_file(path, root):
    room = room_of(path, root)
    private = os.path.relpath(path, root).startswith("src")
    with open(path, encoding="utf-8") as file:
        lines = file.read().split("\n")
    found = []
    if len(lines) - 1 > FILE_LINES:
        found.append((1, f"file has {len(lines) - 1} lines, at most {FILE_LINES}"))
    for number, line in enumerate(lines, 1):
        include = INCLUDE.match(line)
        if include:
            why = check_include(room, include.group(1), include.group(2), private)
            if why:
                found.append((number, why))
        if "TenantViewOpener" in line and room not in OPENERS:
            found.append((number, "only tenancy opens a TenantView"))
        if "absl::string_view" in line and not path.endswith("core/strings.h") and room != "core":
            found.append((number, "absl::string_view stays in core; use std::string_view"))
        if "co_await" in line and re.search(r"\?.*co_await|co_await.*\[[&=]|co_await[^;]*\(\s*\{|return co_await .*\{", line):
            found.append((number, "a co_await stands alone with named operands"))
        if BANNED.search(line):
            found.append((number, "unfinished-work markers do not land"))
        if line.rstrip() != line:
            found.append((number, "trailing blanks"))
        if "\t" in line:
            found.append((number, "tab"))
        if len(line) > 140:
            found.append((number, "line over 140 characters"))
    for start, length in functions(lines):
        if length > FUNCTION_LINES:
            found.append((start, f"function of {length} lines, at most {FUNCTION_LINES}"))
    return found


def check_readmes(root):
    for room in ROOMS:
        folder = os.path.join(root, "src", room)
        if not os.path.isdir(folder) or not any(f.endswith(".cc") for f in os.listdir(folder)):
            continue
        readme = os.path.join(folder, "README.md")
        if not os.path.exists(readme):
            yield folder, "room has no README.md"
        elif len(open(readme, encoding="utf-8").read().split("\n")) - 1 > 40:
            yield readme, "README.md has more than 40 lines"


def check_cycles(root):
    """Rooms that include each other, from the real includes."""
    seen = {}
    for path in sources(root):
        room = room_of(path, root)
        for line in open(path, encoding="utf-8"):
            include = INCLUDE.match(line)
            if include and include.group(2).startswith("kgrca/"):
                seen.setdefault(room, set()).add(include.group(2).split("/")[1])
    for a, others in seen.items():
        for b in others:
            if a < b and a in seen.get(b, ()):
                yield f"rooms {a} and {b} include each other"


def check_references(root):
    """Every Markdown file that a page or a comment names must exist here."""
    pages, readers = set(), []
    for folder, folders, files in os.walk(root):
        folders[:] = [f for f in folders if f not in ("build", "third_party", ".git", "data", ".tools")]
        pages.update(f for f in files if f.endswith(".md"))
        readers += [os.path.join(folder, f) for f in files if f.endswith((".md", ".h", ".cc", ".yaml", ".txt", ".tpl"))]
    for path in sorted(readers):
        with open(path, encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                for page in re.findall(r"[\w./-]*\w\.md\b", line):
                    if os.path.basename(page) not in pages:
                        yield f"{os.path.relpath(path, root)}:{number}: {page} does not exist here"


def sources(root):
    for top in ("src", "include"):
        for folder, _, files in os.walk(os.path.join(root, top)):
            for name in sorted(files):
                if name.endswith((".h", ".cc")):
                    yield os.path.join(folder, name)


def main():
    root = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else ".")
    bad = 0
    for path in sources(root):
        for number, why in check_file(path, root):
            print(f"{os.path.relpath(path, root)}:{number}: {why}")
            bad += 1
    for path, why in check_readmes(root):
        print(f"{os.path.relpath(path, root)}: {why}")
        bad += 1
    for why in [*check_cycles(root), *check_references(root)]:
        print(why)
        bad += 1
    print(f"architecture: {bad} violations" if bad else "architecture: clean")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
