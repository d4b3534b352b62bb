# Two commands do everything on a fresh machine: `make report` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

# Behind a company's proxy the certificates are the machine's; pip takes these by itself, uv when told to.
export UV_SYSTEM_CERTS ?= 1

.PHONY: setup report test tests lab bench lint style types format notebooks gallery lock clean

# Where Python may not write byte code as it loads, it is made once, instead of four seconds for every kernel.
COMPILED := $(if $(PYTHONDONTWRITEBYTECODE),$(VENV)/.compiled)

setup: $(STAMP)

# uv installs the locked versions about ten times faster than pip; pip fetches uv itself, one version by its hash.
$(STAMP): requirements.lock requirements.installer.lock pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check \
	  --require-hashes --no-deps --only-binary :all: --requirement requirements.installer.lock
	$(BIN)/uv pip sync --quiet --require-hashes --python $(BIN)/python requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@

report: setup $(COMPILED)
	$(BIN)/cslib run --demo

# Byte code of the libraries: the tests start some hundred processes, which need not each write it.
$(VENV)/.compiled: $(STAMP)
	@$(BIN)/python -m compileall -q -j 2 -x '/tests?/' $$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))') || true
	@touch $@

# Style first, then everything else on two workers; types, which take one core a minute, beside it.
test: setup $(VENV)/.compiled style
	@$(BIN)/python -m compileall -q cs_lib
	@$(MAKE) --no-print-directory -j 2 types tests

tests:
	$(BIN)/python -m pytest -n 2 --dist loadfile

# The start page and how it opens are set in notebooks/.jupyter; cslib is on the terminal's path.
lab: setup $(COMPILED)
	PATH="$(CURDIR)/$(BIN):$$PATH" JUPYTER_CONFIG_PATH="$(CURDIR)/notebooks/.jupyter" $(BIN)/jupyter lab

bench: setup
	$(BIN)/python -m tests.bench

lint: style types

style: setup
	$(BIN)/ruff check cs_lib tests
	$(BIN)/ruff format --check cs_lib tests

types: setup
	$(BIN)/mypy

format: setup
	$(BIN)/ruff check --fix --quiet cs_lib tests
	$(BIN)/ruff format --quiet cs_lib tests

# Runs the notebooks on the demo and stores their short text outputs, which the tests compare with.
notebooks: setup
	$(BIN)/python -m tests.notebooks.refresh

# First screens of every kind of page for docs/gallery.md; LANGUAGE=zh for another language.
LANGUAGE ?= en
gallery: setup
	$(BIN)/python -m tests.gallery --language $(LANGUAGE)

# Brings cs_lib/locale up to date with what the code says; then translate what is empty.
messages: setup
	$(BIN)/python -m tests.messages --write

# New versions: edit pyproject.toml, then `make lock`, then `make test`.
lock: setup
	$(BIN)/uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-header --quiet --output-file requirements.lock
	echo uv | $(BIN)/uv pip compile - --upgrade --universal --python-version 3.11 --no-annotate \
	  --generate-hashes --no-emit-index-url --no-header --quiet --output-file requirements.installer.lock
	$(BIN)/python -m tests.environment --write

clean:
	rm -rf $(VENV) reports/*/ reports/index*.html
