#!/usr/bin/env bash
# The store beside SQLite and an embedded Neo4j: equal data, equal questions, two cores, one after the other; fails when answers
# differ and prints the table of bench/race.md. tests/e2e/race.sh [events [pods [questions [events step by step]]]]; without
# numbers small ones, which check the answers and measure little. KGRCA_RACE_DIR: where the stores lie (default: a temporary folder).
source "$(dirname "$0")/../../scripts/lib.sh"

events=${1:-10000} pods=${2:-1000} questions=${3:-50} stepwise=${4:-200}
install_packages packages.txt packages-test.txt packages-race.txt
build bench bench_race

neo4j=$root/build/tools/neo4j
if [ ! -f "$neo4j/complete" ]; then
  say "fetching Neo4j with Maven (once; about 130 MB)"
  mvn -q -B -f tests/e2e/neo4j/pom.xml dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$neo4j/jars" ||
    fail "Neo4j could not be fetched; does mvn reach its repository?"
  touch "$neo4j/complete"
fi
rm -rf "$neo4j/classes"
javac -cp "$neo4j/jars/*" -d "$neo4j/classes" tests/e2e/neo4j/src/main/java/race/*.java

work=$(mktemp -d ${KGRCA_RACE_DIR:+-p "$KGRCA_RACE_DIR"})
trap 'rm -rf "$work"' EXIT
say "making the data: $events events, $pods pods"
build/bench/bench/bench_race make "$work/data" --events "$events" --pods "$pods" --questions "$questions" --dir "$work"
cores="taskset -c 0,1"
for store in kgrca sqlite; do
  say "$store"
  $cores build/bench/bench/bench_race "$store" "$work/data" "$work/$store" --dir "$work"
done
say "neo4j"
$cores java -Xms2g -Xmx2g -cp "$neo4j/classes:$neo4j/jars/*" race.Race "$work/data" "$work/neo4j" "$work/neo4j-stores" 1000 "$stepwise" >"$work/neo4j.log" 2>&1 ||
  { tail -n 20 "$work/neo4j.log" >&2; fail "the Neo4j driver failed"; }

for store in sqlite neo4j; do
  diff <(cut -c1-300 "$work/kgrca.answers") <(cut -c1-300 "$work/$store.answers") >"$work/diff" && cmp -s "$work/kgrca.answers" "$work/$store.answers" ||
    { head -n 6 "$work/diff" >&2; fail "kgrca (<) and $store (>) answer differently"; }
done
say "$(wc -l <"$work/kgrca.answers") answers are equal"
python3 bench/race_table.py "$work" kgrca sqlite neo4j
