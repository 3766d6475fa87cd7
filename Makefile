# `make` or `make help` lists the targets. Every target does the set-up it needs.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:

PYTHON ?= python3.10
PORT ?= 5005
QUESTIONS ?= 1000
RUNS ?= 5
DAYS ?= 30
MINUTES ?= 10
SOAK ?= 120
UV := .bootstrap/bin/uv
PY := .venv/bin/python
MODEL := models/fascicle.tar.gz
DEV := $(sort $(wildcard tests/questions/dev/*.json*))
FINAL := $(sort $(wildcard tests/questions/final/*.json*))
MODEL_PARTS := config.yml domain.yml \
	$(wildcard data/articles/*.yml data/nlu/*.yml data/rules/*.yml data/stories/*.yml fascicle/understanding/*.py) \
	$(wildcard fascicle/library/*.py) data/words/aspects.yml
export RASA_TELEMETRY_ENABLED := false
export TQDM_DISABLE := 1

say = @echo "$(1)" >&2

.PHONY: help setup lock build article picture train chat serve web cluster servers check test evaluate final bench release insights \
	reliability soak tune ablation audit tools chart sbom clean

help: ## List the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

setup: .venv/installed ## Install everything into .venv

.bootstrap/bin/uv:
	$(call say,Getting uv to install the packages with ...)
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.10 is needed: install it, or set PYTHON=/path/to/python3.10" >&2; exit 1; }
	@$(PYTHON) -m venv .bootstrap
	@.bootstrap/bin/python -m pip install -qq --disable-pip-version-check uv

.venv/installed: requirements.txt $(UV)
	$(call say,Installing the packages (2.4 GB on disk; a minute or two) ...)
	@$(UV) venv --quiet --clear --python .bootstrap/bin/python .venv
	@$(UV) pip install --quiet --python .venv --no-deps --require-hashes --compile-bytecode -r requirements.txt
	@touch $@

LOCK := $(UV) pip compile --quiet --python-version 3.10 --generate-hashes --no-header

lock: $(UV) ## Compile requirements.txt anew from pyproject.toml, and deploy/requirements.txt with what serves of it
	@$(LOCK) --group dev --output-file requirements.txt pyproject.toml
	@$(LOCK) --constraint requirements.txt --override deploy/production.overrides.txt --output-file deploy/requirements.txt pyproject.toml

build: .venv/installed ## Write data/built from the article
	@$(PY) -m fascicle.library.build

article: .venv/installed ## Add the page or article file FILE to the library in FASCICLE_LIBRARY
	@$(PY) -m fascicle library add $(FILE)

picture: .venv/installed ## Draw the rules and stories into docs/images (needs Graphviz)
	@$(PY) -m lab.picture

train: $(MODEL) ## Train the model, if something it depends on changed

# `make test` validates the data; doing so here, too, would take longer than the dialogue policies. Stories strung together at
# random (augmentation) teach a policy nothing that looks at the last message only.
$(MODEL): $(MODEL_PARTS) .venv/installed
	@$(PY) -m fascicle.library.build
	$(call say,Training the model (four to six minutes; progress in var/train.log) ...)
	@mkdir -p -m 700 var
	@$(PY) -m fascicle.bot.rasa_command train --skip-validation --augmentation 0 --fixed-model-name fascicle >var/train.log 2>&1 || { tail -n 30 var/train.log >&2; exit 1; }

chat: $(MODEL) ## Chat in this terminal
	@$(PY) -m fascicle chat

serve: $(MODEL) ## Serve the web channel on PORT (5005)
	@$(PY) -m fascicle serve --port $(PORT)

web: $(MODEL) ## Serve the web channel with a page to try the widget on, and show the page
	@$(PY) -m fascicle serve --port $(PORT) --page

cluster: $(MODEL) servers ## Serve the web channel on PORT with two Rasa servers, two action servers, nginx, PostgreSQL, and Redis
	@$(PY) -m deploy.cluster up --port $(PORT)

servers: ## Install nginx, PostgreSQL, and Redis, where a package is missing
	@missing=(); \
	[ -x /usr/sbin/nginx ] || missing+=(nginx); \
	[ -x /usr/bin/redis-server ] || missing+=(redis-server); \
	compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null || missing+=(postgresql); \
	if (($${#missing[@]})); then \
	  [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null || { echo "Install these packages first: $${missing[*]}" >&2; exit 1; }; \
	  echo "Installing $${missing[*]} ..." >&2; \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$${missing[@]}" >/dev/null; \
	fi

check: .venv/installed ## Check style and types
	@.venv/bin/ruff format --check --quiet .
	@.venv/bin/ruff check --quiet .
	@.venv/bin/mypy --no-error-summary
	@$(PY) -m fascicle.library.build --check

# The tests in a browser and under load: where we may not install Chromium or wrk, or there is no Node.js, they say what they lack.
/usr/bin/chromium /usr/bin/wrk:
	@[ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null || { echo "$@ is needed: install the package $(@F)" >&2; exit 1; }
	$(call say,Installing $(@F) for the tests ...)
	@apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $(@F) >/dev/null

widget/node_modules/.package-lock.json: widget/package-lock.json
	@if command -v npm >/dev/null; then npm ci --prefix widget --silent --no-audit --no-fund && touch $@; fi

test: check $(MODEL) /usr/bin/chromium /usr/bin/wrk servers widget/node_modules/.package-lock.json ## Run all checks and tests
	@$(MAKE) --no-print-directory tools || echo "The Helm chart and the alerts are checked as far as can be without their tools" >&2
	$(call say,Checking the training data ...)
	@$(PY) -m fascicle.bot.rasa_command data validate --fail-on-warnings >var/validate.log 2>&1 || { tail -n 30 var/validate.log >&2; exit 1; }
	$(call say,Checking the conversations in tests/ ...)
	@$(PY) -m fascicle.bot.rasa_command test core --model $(MODEL) --stories tests --out var/results --fail-on-prediction-errors \
		>var/conversations.log 2>&1 || { tail -n 30 var/conversations.log >&2; exit 1; }
	$(call say,Running the tests ...)
	@.venv/bin/pytest

evaluate: $(MODEL) ## Score the bot on the sets that may be looked at (STOCK=1 compares with Rasa's stock pipeline)
	@$(PY) -m lab.evaluation --report var/evaluation.html $(if $(STOCK),--stock) $(DEV)

final: $(MODEL) ## Score the bot on the sets that decide nothing, and write down that and how: once a release
	@$(PY) -m lab.evaluation --report var/final.html --record docs/final.json $(FINAL)

bench: $(MODEL) /usr/bin/wrk ## Measure speed and memory beside Rasa's stock bot, both trained on QUESTIONS (1000) questions; an hour
	@$(PY) -m lab.benchmarks --questions $(QUESTIONS) --runs $(RUNS)

release: .venv/installed ## Train a model beside the one that runs, check it, and switch the cluster to it (BACK=1: to the one before)
	$(if $(BACK),,@$(PY) -m fascicle.library.build --check && mkdir -p -m 700 var && mkdir -p var/release)
	$(if $(BACK),,@$(PY) -m fascicle.bot.rasa_command train --skip-validation --fixed-model-name fascicle --out var/release >var/train.log 2>&1 || { tail -n 30 var/train.log >&2; exit 1; })
	@$(PY) -m deploy.release $(if $(BACK),--back,var/release/fascicle.tar.gz)

insights: .venv/installed ## Show what people asked in the last DAYS (30) days, for the article's editor: what it does not cover, what did not help
	@$(PY) -m fascicle.operations.insights --days $(DAYS) --page var/insights.html

reliability: $(MODEL) servers ## Break the cluster in every way, and load it for MINUTES (10); writes lab/benchmarks/reliability.json
	@$(PY) -m lab.reliability --minutes $(MINUTES)

soak: $(MODEL) servers ## Load the cluster for SOAK (120) minutes, and see whether its memory grows
	@$(PY) -m lab.reliability --soak $(SOAK)

TUNING := .tuning/bin/python
.tuning/installed: lab/tuning/requirements.txt $(UV)
	$(call say,Installing PyTorch for the tuning ...)
	@$(UV) venv --quiet --clear --python 3.11 .tuning
	@$(UV) pip install --quiet --no-config --python .tuning -r $<
	@touch $@

tune: .venv/installed .tuning/installed ## Tune the encoder that sees emergencies on data/nlu and data/signs anew; about half an hour (needs Python 3.11)
	@mkdir -p var
	@$(PY) -m lab.tuning.examples var/tuning.jsonl
	@$(TUNING) -m lab.tuning var/tuning.jsonl "$$($(PY) -c 'from fascicle.understanding.sentence_encoder import model_folder; print(model_folder())')" \
		fascicle/understanding/sign_reader.npz

ablation: $(MODEL) ## Measure what each dialogue policy adds; about five minutes
	@$(PY) -m lab.evaluation.ablation

audit: $(UV) ## Ask for known advisories of every package in requirements.txt (needs a network)
	@$(UV) tool run --quiet pip-audit --strict --no-deps --disable-pip -r requirements.txt

tools: .tools/installed ## Install Helm, promtool, and what checks and describes the project into .tools

.tools/installed: deploy/tools/install.sh deploy/tools/requirements.txt $(UV)
	$(call say,Installing the tools that check the chart and the alerts ...)
	@deploy/tools/install.sh
	@touch $@

chart: .tools/installed ## Write deploy/helm/example.yml, what the Helm chart makes of deploy/helm/example.values.yml
	@PATH="$$PWD/.tools/helm:$$PATH" helm template fascicle deploy/helm/fascicle --namespace fascicle \
		--values deploy/helm/example.values.yml >deploy/helm/example.yml

sbom: .tools/installed ## Write var/sbom.json and var/sbom.production.json, what the bot is made of (CycloneDX)
	@mkdir -p -m 700 var
	@.tools/bin/python -W ignore -m cyclonedx_py requirements --pyproject pyproject.toml --output-reproducible --of JSON -o var/sbom.json requirements.txt
	@.tools/bin/python -W ignore -m cyclonedx_py requirements --pyproject pyproject.toml --output-reproducible --of JSON -o var/sbom.production.json deploy/requirements.txt

clean: ## Remove what was made, but for the installed packages
	@rm -rf models var .rasa results
