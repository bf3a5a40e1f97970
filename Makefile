# Every target calls a script or a preset; a bare machine without make runs ./scripts/run and ./scripts/test.
.PHONY: run test build check asan tsan fuzz coverage bench bench-store soak e2e accuracy clean

run:
	./scripts/run

test:
	./scripts/test

build:
	./scripts/build

check:
	./scripts/check

asan:
	./scripts/sanitize asan

tsan:
	./scripts/sanitize tsan

fuzz:
	./scripts/fuzz

coverage:
	./scripts/coverage

bench:
	./scripts/bench

bench-store:
	./scripts/bench-store

soak:
	./scripts/soak

e2e:
	./scripts/e2e

accuracy:
	./scripts/accuracy

clean:
	rm -rf build
