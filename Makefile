# The commands of a checkout; CI calls the same ones.
.PHONY: setup build demo test fuzz sanitize soak fresh install lint format clean

setup:
	@bin/setup

build: setup
	@for product in prov bench; do bin/build $$product >/dev/null; done

demo: setup
	@bin/demo

test: setup
	@bin/setup test
	@bin/test

# Many inputs that nobody would write; Tests/fuzz/README.md says more.
fuzz: setup
	@bin/fuzz

# Data races and bad memory accesses in the tests of what has threads, C libraries or raw memory.
sanitize: setup
	@bin/setup test
	@bin/sanitize

# Kills and full disks at random moments, written down in docs/reliability.md; needs root and an hour.
soak: setup
	@bin/setup test
	@bin/soak

# demo and test on a Debian that has never seen the project; needs root.
fresh: setup
	@bin/setup test
	@Tests/fresh

PREFIX ?= /usr/local
install: setup
	@bin/install "$(DESTDIR)$(PREFIX)"

lint: setup
	@bin/setup test
	@bin/lint

format:
	swift format --in-place --recursive Package.swift Sources Tests Scripts Scenarios Benchmarks
	terraform fmt -recursive prov

clean:
	rm -rf .build
