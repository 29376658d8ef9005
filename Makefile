# The course in a few commands; `make` alone lists them.
# course, test, quick, demo, doctor and bench set up .venv first, and again when pyproject.toml has changed. Only test and
# quick add what developers and teachers need.

# The first of these that is Python 3.11 or newer makes .venv. Choose your own: make PYTHONS=/opt/python/bin/python3
PYTHONS = python3.13 python3.12 python3.11 python3 python

.DEFAULT_GOAL := help
.PHONY: help course test quick demo doctor bench clean

help:    ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

course: .venv/.ready    ## examine this machine, then open the course in JupyterLab
	@.venv/bin/rust-edu doctor
	@page=notebooks/00_welcome.ipynb; [ -e "$$page" ] || page=README.md; \
	if [ "$$(id -u)" = 0 ]; then root=--allow-root; else root=; fi; \
	JUPYTER_CONFIG_PATH="$$PWD/.jupyter$${JUPYTER_CONFIG_PATH:+:$$JUPYTER_CONFIG_PATH}" \
		.venv/bin/python -m jupyterlab $$root "$$page"

# Two at a time, one thread each: what two cores do best. One at a time: make test ARGS=
ARGS = -n 2 --dist worksteal
test: .venv/.tested    ## run every test
	@OMP_NUM_THREADS=1 .venv/bin/python -m pytest $(ARGS)

quick: .venv/.tested    ## run what usually breaks, before a commit (tests/quick.py)
	@OMP_NUM_THREADS=1 .venv/bin/python -m tests.quick $(ARGS)

demo: .venv/.ready    ## train RUST from scratch on this machine; ends with a table and a picture
	@.venv/bin/rust-edu demo

doctor: .venv/.ready    ## what this machine can do, and how long the trainings take here
	@.venv/bin/rust-edu doctor

bench: .venv/.ready    ## measure speed and quality
	@.venv/bin/python -m benchmarks

clean:    ## remove .venv and the tools' caches; data, runs and progress stay
	rm -rf .venv build rust_edu.egg-info .pytest_cache .ruff_cache .hypothesis
	find rust_edu tests benchmarks -name __pycache__ -prune -exec rm -rf {} + 2>/dev/null || true

# Scripts in .venv/bin hold the absolute path of their folder, so the stamps do too: a moved or copied folder is set up
# again.
ifneq ($(shell cat .venv/.ready 2>/dev/null),$(CURDIR))
.PHONY: .venv/.ready
endif
ifneq ($(shell cat .venv/.tested 2>/dev/null),$(CURDIR))
.PHONY: .venv/.tested
endif

# Two stamps: .ready, what a reader needs, and .tested, everything.
.venv/.ready: INSTALLED = .
.venv/.ready: STAMPS = .venv/.ready
.venv/.tested: INSTALLED = .[dev,classroom]
.venv/.tested: STAMPS = .venv/.ready .venv/.tested

# The stamps go first and come back last: an interrupted installation leaves none. Each Python is run, not only looked
# for: it may be too old, lack venv (Debian), or be a launcher with nothing behind it (pyenv).
.venv/.ready .venv/.tested: pyproject.toml
	@rm -f .venv/.ready .venv/.tested
	@.venv/bin/python -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		found=; \
		for python in $(PYTHONS); do \
			"$$python" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
				&& found=$$python && break; \
		done; \
		[ "$$found" ] || { \
			echo "No Python 3.11 or newer with venv among: $(PYTHONS)." \
				"Install one (Debian, Ubuntu: apt-get install python3 python3-venv) and run make again." >&2; \
			exit 1; \
		}; \
		echo "Making .venv with $$found; the installation takes a few minutes, once."; \
		"$$found" -m venv --clear .venv; \
	}
	@.venv/bin/python -m pip install --disable-pip-version-check --editable '$(INSTALLED)' || { \
		echo "The installation did not finish: the lines above say why. Run make again to go on." >&2; \
		exit 1; \
	}
	@for stamp in $(STAMPS); do pwd -P > $$stamp; done
