# Each target is one visible command. The first one makes .venv and installs the locked packages; later ones start at once.
PYTHON ?= python3
BIN = .venv/bin

.PHONY: run test check bench catalogue lock screenshots vendor lighthouse

run:
	$(PYTHON) tools/setup.py base && exec $(BIN)/python app.py

test:
	$(PYTHON) tools/setup.py dev && $(BIN)/python tools/machine.py && exec $(BIN)/python -m pytest -n auto --dist worksteal

check:
	$(PYTHON) tools/setup.py dev && exec $(BIN)/python tools/check.py

bench:
	$(PYTHON) tools/setup.py dev && exec $(BIN)/python -m benchmarks

catalogue:
	$(PYTHON) tools/setup.py dev && exec $(BIN)/python tools/catalogue.py

lock:
	$(PYTHON) tools/setup.py dev && exec $(BIN)/python tools/lock.py

vendor:
	$(PYTHON) tools/setup.py base && exec $(BIN)/python tools/vendor.py

lighthouse:
	$(PYTHON) tools/setup.py dev && exec $(BIN)/python tools/lighthouse.py

screenshots:
	$(PYTHON) tools/setup.py dev && exec $(BIN)/python tools/screenshots.py
