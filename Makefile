# What can be done here: make help.

SWIFT_SOURCES = Package.swift Sources Tests listeners sql
# Without symbols, with packed relocations and libstdc++ linked in: half the size, less memory, and a cron run starts sooner.
STATIC_LIBRARIES = .build/static-libraries
RELEASE_FLAGS = -c release --static-swift-stdlib -Xswiftc -use-ld=lld -Xswiftc -L$(STATIC_LIBRARIES) \
	-Xlinker -s -Xlinker --no-export-dynamic -Xlinker -z -Xlinker pack-relative-relocs
RECADO = $(shell swift build $(RELEASE_FLAGS) --show-bin-path)/recado

.DEFAULT_GOAL := help
.PHONY: help setup build demo test chaos fuzz tsan bench-setup bench bench-quick format lint clean

help: ## Shows this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Installs the Debian packages that everything here needs (root or sudo)
	scripts/setup

build: ## Builds the program for use: one file, Swift linked in
	mkdir -p $(STATIC_LIBRARIES)
	ln -sf "$$(gcc -print-file-name=libstdc++.a)" $(STATIC_LIBRARIES)
	swift build $(RELEASE_FLAGS) --product recado
	@echo "built $(RECADO)"

demo: setup build ## Runs the main job on real servers and shows what arrives
	/usr/bin/python3 demo/demo.py $(RECADO)

test: ## Runs every test, on real servers
	scripts/test

chaos: build ## Kills everything over and over under load and checks what is promised; takes half an hour
	Chaos/run --recado $(RECADO)

fuzz: ## Throws hostile input at a build with AddressSanitizer, for a quarter of an hour; SEED=... repeats a run
	scripts/fuzz

tsan: ## Runs the unit tests under ThreadSanitizer
	scripts/thread-sanitizer

bench-setup: ## Installs the Debian packages that only the benchmarks need (root or sudo)
	Benchmarks/setup

bench: bench-setup build ## Measures everything against its peers; needs a quiet machine and half an hour
	Benchmarks/run --recado $(RECADO)

bench-quick: bench-setup build ## The same in short: shows that everything works
	Benchmarks/run --quick --recado $(RECADO)

format: ## Formats the Swift sources
	swift format --in-place --recursive --parallel $(SWIFT_SOURCES)

lint: ## Checks the format of the Swift sources
	swift format lint --strict --recursive --parallel $(SWIFT_SOURCES)

clean: ## Removes what was built and what the demo and recado dev left
	rm -rf .build var Benchmarks/.build
