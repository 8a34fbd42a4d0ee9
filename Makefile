# Thin on purpose: what these do stands in tasks/ and tests/. Python 3.11 or later and make suffice.
PYTHON ?= python3
PORT ?= 8000
PY := .venv/bin/python

.PHONY: demo kit test test-long test-engines lint docs site pictures carried scale lighthouse bench filmstrip bench-trace bench-later bench-heavy bench-redraw bench-growth side-by-side clean

demo: ## generate the default project into build/demo, prepare its runtime, serve it on PORT with live reload
	@$(PYTHON) tasks/environment.py --try-browser
	@$(PY) tasks/demo.py --port $(PORT)

kit: ## build the kit's wheel into the template
	@$(PYTHON) tasks/environment.py
	@$(PY) tasks/packing.py

test: ## test the kit and the template, and what it generates in a real browser
	@$(PYTHON) tasks/environment.py --browser --host
	@$(PY) -m ruff check && $(PY) -m ruff format --check && $(PY) -m mypy && $(PY) -m mypy kit/tests/unit/conftest.py
	@$(PY) -m codespell_lib
	@echo "Testing whole projects, the kit, every combination of answers, and the kit in a browser (about fifteen minutes) ..."
	@$(PY) -m pytest -n 3 --dist worksteal $(ARGS)
	@$(if $(ARGS),,$(PY) -m pytest -n 2 --dist loadfile kit/tests/browser)

test-long: ## hours: every test of every combination, every file failing, load, fuzzers, three engines
	@$(PYTHON) tasks/environment.py --browser --host
	@echo "Testing what takes hours, two at a time (ARGS=\"-k fuzzer\" a part of it) ..."
	@$(PY) -m pytest -n 2 --dist worksteal -m long -rP $(ARGS)

test-engines: ## one smoke test in Chromium, Firefox and WebKitGTK, with start-up times (ARGS="--engines firefox …")
	@$(PYTHON) tasks/environment.py --browser
	@$(PY) tasks/engines.py $(ARGS)

lint: ## fix what a machine can fix in code, and check the rest and the words
	@$(PYTHON) tasks/environment.py
	@$(PY) -m ruff check --fix && $(PY) -m ruff format && $(PY) -m mypy && $(PY) -m mypy kit/tests/unit/conftest.py
	@$(PY) -m codespell_lib && $(PY) tasks/prose.py

docs: ## build the documentation into build/docs; a broken link or anchor fails
	@$(PYTHON) tasks/environment.py
	@$(PY) -m sphinx -E -a -W -n --keep-going -q -d build/doctrees docs build/docs $(ARGS)
	@echo "Open build/docs/index.html."

site: docs ## build what is published: the documentation, and the built gallery in demo/
	@$(PYTHON) tasks/environment.py --browser
	@$(PY) tasks/site.py

pictures: ## take the screenshots of README.md and of docs/patterns.md again (ARGS=--guide the latter alone)
	@$(PYTHON) tasks/environment.py --browser
	@$(PY) tasks/pictures.py $(ARGS)

carried: ## count which of Pyodide's packages come through pip, and write it into docs/runtime.md
	@$(PYTHON) tasks/environment.py
	@$(PY) tasks/carried.py

scale: ## compute what visits cost, for docs/scale.md
	@$(PYTHON) tasks/environment.py --browser
	@$(PY) tasks/scale.py

lighthouse: ## have Lighthouse, from npm, look at the built site
	@$(PYTHON) tasks/environment.py --browser
	@$(PY) tasks/lighthouse.py

bench: ## measure how soon the first figure is there, beside other pages (ARGS="--rounds 1 …")
	@$(PYTHON) tasks/environment.py --browser
	@PYTHONPATH=tasks $(PY) -m benchmarks.startup $(ARGS)

bench-trace: ## measure where the time of a start goes
	@$(PYTHON) tasks/environment.py --browser
	@PYTHONPATH=tasks $(PY) -m benchmarks.trace $(ARGS)

bench-later: ## measure visits in a browser that was closed meanwhile
	@$(PYTHON) tasks/environment.py --browser
	@PYTHONPATH=tasks $(PY) -m benchmarks.later $(ARGS)

bench-heavy: ## measure the live figure of an app with scipy, pandas and scikit-learn as well
	@$(PYTHON) tasks/environment.py --browser
	@PYTHONPATH=tasks $(PY) -m benchmarks.heavy $(ARGS)

filmstrip: ## take a picture every 100 ms of a first visit, for docs/prerender.md
	@$(PYTHON) tasks/environment.py --browser
	@PYTHONPATH=tasks $(PY) -m benchmarks.filmstrip

bench-redraw: ## measure how fast a figure is drawn again, beside other ways
	@$(PYTHON) tasks/environment.py --browser
	@PYTHONPATH=tasks $(PY) -m benchmarks.redraw $(ARGS)

side-by-side: ## count the lines of the same app as other tools have it (ARGS="--docs")
	@$(PYTHON) tasks/environment.py
	@PYTHONPATH=tasks $(PY) -m benchmarks.sidebyside $(ARGS)

bench-growth: ## measure start-up and reloads as an app grows
	@$(PYTHON) tasks/environment.py --browser
	@PYTHONPATH=tasks $(PY) -m benchmarks.growth $(ARGS)

clean: ## remove what the other commands made
	rm -rf .venv build
