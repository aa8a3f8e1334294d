# One command per activity. Each installs what it needs: see scripts/setup.

RUN ?= proofs/runs/figure-1.toml

export PATH := $(PATH):$(HOME)/.cargo/bin
# GMP is built with make, too: keep the options of this make from it.
CLEAN := env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL

.PHONY: help setup certify baseline figures test bench table proofs proofs-long verify fuzz mutants

help:
	@echo 'make certify   certify $(RUN); RUN=FILE takes another run file'
	@echo 'make baseline  record verdicts and constants of all runs in proofs/baseline.json'
	@echo 'make test      format, lints, unit, property and command-line tests, documentation'
	@echo 'make figures   draw the figures of the paper into figures/; RUN=FILE those of a run'
	@echo 'make bench     time per certified step'
	@echo 'make table     write the table of statements in proofs/README.md anew'
	@echo 'make proofs    build the Coq proofs and check what they assume; proofs-long: long runs too'
	@echo 'make verify    certify $(RUN), check the certificate, and have Coq prove what it can say of it'
	@echo 'make fuzz      fuzz the checker of certificates for SECONDS=600'
	@echo 'make mutants   which small changes of the checker do its tests notice? NAMES=ball for a part'
	@echo 'make setup     only install what the build needs'

setup:
	@scripts/setup

certify: setup
	$(CLEAN) cargo run --release --locked -- certify $(RUN)

# Recorded only if every verdict is the expected one.
baseline: setup
	@$(CLEAN) cargo run --release --locked -- certify --format baseline proofs/runs/*.toml \
		> proofs/baseline.json.new && mv proofs/baseline.json.new proofs/baseline.json \
		|| { rm -f proofs/baseline.json.new; exit 1; }

# With RUN=FILE on the command line, the figures of that run.
figures: setup
	$(CLEAN) cargo run --release --locked -- figures \
		$(if $(filter command line environment,$(origin RUN)),--run $(RUN))

test:
	@$(CLEAN) scripts/test

bench: setup
	$(CLEAN) cargo bench --locked

table: setup
	@$(CLEAN) scripts/table

proofs:
	@$(CLEAN) scripts/proofs

proofs-long:
	@$(CLEAN) scripts/proofs --long

verify:
	@$(CLEAN) scripts/verify $(RUN)

SECONDS ?= 600
fuzz:
	@$(CLEAN) scripts/fuzz $(SECONDS)

# Needs cargo-mutants and Python 3; takes an hour or two. NAMES=trap: only what has this in its name.
mutants: setup
	@$(CLEAN) scripts/mutants $(NAMES)
