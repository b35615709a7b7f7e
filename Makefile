# Everything starts here: `make story` for a book, `make test` for confidence, `make help` for the list.
#
#   PYTHON       the Python to make the environment with, 3.11 or newer (default: python3)
#   TORCH_INDEX  a package index with the CPU build of torch, a tenth of the size (pytorch.org's "Start Locally" names one)
#   CONSTRAINTS  a pip constraints file; .ci/constraints.txt holds the versions that continuous integration tests

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help story test lint bench clean weights

PYTHON ?= python3
TORCH_INDEX ?=
CONSTRAINTS ?=

VENV := .venv
BIN := $(VENV)/bin
STORY := examples/grandmothers-album.md
BOOK := grandmothers-album.book
LOG := $(VENV)/install.log
EVERYTHING := .[test,lint]

# torch and torchvision as setup.cfg asks for them, for an index that has nothing else
TORCH := $(shell sed -n 's/^ *\(torch\(vision\)\{0,1\}>=.*\)/"\1"/p' setup.cfg)

# pip's whole output goes to a log; a line per download is the sign of life
PIP_INSTALL = $(BIN)/python -m pip install --disable-pip-version-check $(addprefix --constraint ,$(CONSTRAINTS))
define pip_install
{ $(PIP_INSTALL) $(1) 2>&1 || { echo "pip failed; its whole output: $(LOG)"; exit 1; }; } | tee -a $(LOG) \
  | { grep --line-buffered -oE '^ *Downloading .*|^Installing collected packages|^ERROR.*|^pip failed.*' || true; }
endef

help:  ## This list
	@echo "gillstory: write the beginning, it continues your story as an illustrated book"
	@echo
	@sed -nE 's/^([a-z]+):.*## (.*)/  make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "%-14s %s\n", $$1, $$2 }'
	@echo
	@echo "  make story TORCH_INDEX=URL   with the CPU build of torch from that package index (0.5 GB, not 3.2 GB)"

story: weights $(BOOK)/index.html  ## An illustrated book that continues one of the examples
	@echo
	@echo "The book:     $(CURDIR)/$(BOOK)/index.html"
	@echo "To look:      file://$(CURDIR)/$(BOOK)/index.html in a browser, or copy the file anywhere: it is all in one"
	@echo "Your stories: $(BIN)/gillstory continue STORY.md --photos FOLDER"

$(BOOK)/index.html: $(STORY) | weights
	@$(BIN)/gillstory continue $(STORY) --photos examples/photos --pages 3 --output $(BOOK)
	@touch $@

weights: $(VENV)/installed
	@$(BIN)/gillstory models pull pocket

test: weights $(VENV)/tested  ## Set up and run the tests
	@$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile --hypothesis-profile ci

lint: $(VENV)/tested  ## Style, format and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

bench: weights  ## What it costs: a table per benchmark
	@for benchmark in benchmarks/*.py; do $(BIN)/python "$$benchmark"; done

clean:  ## Remove the environment and what was built; books and the weights' cache stay
	rm -rf $(VENV) build dist ./*.egg-info .mypy_cache .pytest_cache .ruff_cache

$(VENV)/installed: setup.cfg pyproject.toml $(CONSTRAINTS)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "gillstory needs Python 3.11 or newer; say where: make PYTHON=/path/to/python3.11"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@test -e $@ || echo "Downloading about $(if $(TORCH_INDEX),0.5 GB,3.2 GB (most of it torch for CUDA, 6 GB on disk; without a GPU: make story TORCH_INDEX=URL)) of packages into $(VENV), once."
	@$(if $(TORCH_INDEX),$(call pip_install,--index-url $(TORCH_INDEX) $(TORCH)))
	@$(call pip_install,--editable .)
	@touch $@

$(VENV)/tested: $(VENV)/installed
	@$(call pip_install,--editable '$(EVERYTHING)')
	@touch $@
