# Every target does its own set-up and is quick when there is nothing to do.
.PHONY: demo test test-labels test-vllm labels check serve studio evals corpus adapter graph pipeline settings lock help

help:
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

demo: ## set up, then solve a SAT problem, give a hint and render its animation to out/demo.mp4
	@scripts/setup.sh
	@.venv/bin/hisolver demo

serve: ## set up, then serve the OpenAI-compatible API and the web page on 127.0.0.1:8000
	@scripts/setup.sh
	@.venv/bin/hisolver serve

studio: ## set up, then open the graph in LangGraph Studio
	@scripts/setup.sh studio
	@.venv/bin/langgraph dev --no-browser --allow-blocking

test: ## set up, then run the tests
	@scripts/setup.sh evals studio dev
	@.venv/bin/python -m pytest

labels: ## set up Label Studio and its SDK in .venv-labels, for `hisolver corpus label`
	@scripts/labels.sh

test-labels: ## set up, then test labelling against a real Label Studio
	@scripts/setup.sh evals studio dev
	@scripts/labels.sh
	@.venv/bin/python -m pytest tests/retrieval/labels

test-vllm: ## set up, then hold the embedded engine and a real vLLM (CPU or GPU) against the same contract
	@scripts/setup.sh evals studio dev finetune
	@scripts/vllm.sh
	@.venv/bin/hisolver weights fetch smollm2-135m-instruct-q4_1
	@.venv/bin/python -m pytest tests/contract

check: ## what CI runs before the tests: lint, format, types, import rules
	@scripts/setup.sh evals studio dev
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports

evals: ## set up what the evals need; then: .venv/bin/python -m evals.run --help
	@scripts/setup.sh evals

corpus: ## set up, then make the scene corpus by dvc.yaml and params.yaml: only what changed
	@scripts/setup.sh corpus
	@scripts/dvc.sh repro report

adapter: ## set up, then all of dvc.yaml, from the corpus to an adapter that serves: pauses while people label, and the same command goes on
	@scripts/setup.sh corpus finetune
	@scripts/dvc.sh repro

graph: ## write the graph's picture into docs/graph.md from the code
	@.venv/bin/python -m agents.picture docs/graph.md

pipeline: ## write the pipeline's picture into docs/pipeline.md from dvc.yaml
	@.venv/bin/python -m finetune.picture docs/pipeline.md

settings: ## write docs/settings.md from the code
	@.venv/bin/hisolver settings > docs/settings.md

lock: ## resolve the dependencies again and write requirements.lock and requirements-labels.lock
	@uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 --quiet --no-header -o requirements.lock
	@sed -i 's/+cpu//' requirements.lock
	@echo label-studio==1.23.2 | uv pip compile - --universal --python-version 3.11 --quiet --no-header -o requirements-labels.lock
