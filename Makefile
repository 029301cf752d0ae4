# Counterflow · 柜流
#
#   make demo    build everything and see a first result · 安装并看到第一个结果
#   make test    build everything and run the tests · 安装并运行测试
#
# Packages come from wherever your own pip is set up to fetch them; every file is checked by its hash.

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
SAY := @printf '\033[1m柜流 counterflow ·\033[0m %s\n'

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-all lint format bench guard lock clean

help: ## this list · 本列表
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(READY) ## make .venv with everything · 建立 .venv，装好全部依赖

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))' || { \
		echo "Counterflow needs Python 3.11 or 3.12: make PYTHON=python3.12 … · 需要 Python 3.11 或 3.12"; exit 2; }
	$(SAY) "setting up .venv, a minute or two · 正在建立 .venv，约一两分钟"
	@rm -f $@
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@
	$(SAY) "ready: .venv/bin/counterflow · 安装完成"

demo: setup ## a first study, from nothing to a chart in out/ · 从零到一张图，结果在 out/
	$(SAY) "running the demo into out/ · 正在运行示例，结果写入 out/"
	@$(BIN)/counterflow demo --out out

test: setup ## the tests, without the slow ones · 运行测试（不含慢测试）
	$(SAY) "tests without the slow ones; all of them: make test-all · 运行测试"
	@$(BIN)/python -m pytest -m "not slow"

test-all: setup ## every test · 运行全部测试
	$(SAY) "all tests · 运行全部测试"
	@$(BIN)/python -m pytest

lint: setup ## style, types and import directions · 检查代码风格、类型与导入方向
	$(SAY) "ruff, mypy, import-linter · 静态检查"
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet . || { echo "make format puts this right · 请运行 make format"; exit 1; }
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: setup ## let ruff put the layout right · 自动整理代码格式
	@$(BIN)/ruff check --quiet --fix .
	@$(BIN)/ruff format .

bench: setup ## the benchmarks; writes docs/reference/performance.md · 运行性能基准，写入性能页
	$(SAY) "steps of the staircase · 逐步计时"
	@$(BIN)/python -m pytest benchmarks --benchmark-only --benchmark-group-by=group
	@$(BIN)/python -m pytest benchmarks/test_memory.py -q
	$(SAY) "against C, SimPy and Ciw, and up to a nation: ten minutes · 与 C、SimPy、Ciw 对照，直到全国规模，约十分钟"
	@$(BIN)/python benchmarks/report.py

guard: setup ## speed has not halved, no kernel counts references · 检查速度没有减半
	@$(BIN)/python benchmarks/guard.py

lock: ## write requirements.lock anew (needs uv) · 更新依赖锁定文件（需要 uv）
	@uv pip compile pyproject.toml --all-extras --universal --fork-strategy fewest --generate-hashes \
		--upgrade --no-header --annotation-style line --no-emit-index-url --no-emit-find-links \
		--quiet --output-file requirements.lock

clean: ## remove what make made · 清除生成的文件
	@rm -rf .venv out dist build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .benchmarks
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
