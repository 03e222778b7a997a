# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help check lint unit forward docs test nightly demo site demo-down bench-backup bench-scrub clean

help: ## This list
	@echo "ipai.odoo: every target installs what it needs and says what it does."
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## A lab droplet on this machine with a production and a staging Odoo
	@scripts/lab.sh demo

site: ## The site playbook again, on the running lab droplet
	@scripts/lab.sh site

demo-down: ## Remove the lab droplet
	@scripts/lab.sh demo-down

check: ## Lint, types, unit tests, sanity and packaging (3 minutes, no Docker)
	@scripts/check.sh

test: ## make check, then everything again on real lab droplets with Molecule
	@scripts/lab.sh test

bench-backup: ## Backups beside pg_dump and tar on the lab droplet; options in BENCH, as in BENCH=--quick
	@scripts/bench.sh backup $(BENCH)

bench-scrub: ## Staging data beside a bare copy and other anonymizers; options in BENCH, as in BENCH='--size 250'
	@scripts/bench.sh scrub $(BENCH)

nightly: ## The slow tests, against the lab droplet that is running
	@scripts/lab.sh test tests/integration -m nightly

lint: ## Only the linters and type checks
	@scripts/check.sh ruff mypy yamllint ansible-lint shellcheck changelog

unit: ## Only the unit tests
	@scripts/check.sh unit

forward: ## Unit tests and sanity with the newest ansible-core (needs Python 3.12)
	@PYTHON=python3.12 REQUIREMENTS=tests/requirements-forward.txt scripts/check.sh sanity unit package

docs: ## Write docs/roles and docs/modules anew from the argument specs and plugins
	@"$$(scripts/venv.sh)/bin/python" scripts/docs.py

clean: ## Remove this project's Python environments and tool caches
	rm -rf "$${XDG_CACHE_HOME:-$$HOME/.cache}"/ipai-odoo/{venv,tree,check}-*
