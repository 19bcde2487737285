# The commands of the README. Each installs what is missing, configures, builds and runs.
BUILD ?= build
JOBS ?= $(shell nproc)

# The interpreter that the Python package is built for and tested with; made by `make venv` if it is ours.
PYTHON ?= $(CURDIR)/.venv/bin/python

.PHONY: demo test check bench bench-peers setup venv build stubs format asan tsan clean

demo: setup
	cmake --preset release -B $(BUILD)
	cmake --build $(BUILD) -j $(JOBS) --target example_fashion_mnist
	$(BUILD)/examples/example_fashion_mnist /usr/share/datasets/fashion-mnist demo-output

test: build
	ctest --test-dir $(BUILD) --output-on-failure -j $(JOBS)
	python3 tools/count_tests.py $(BUILD)/test-results

build: venv
	cmake --preset release -B $(BUILD) -DCORNU_PYTHON=ON -DPython_EXECUTABLE=$(PYTHON)
	cmake --build $(BUILD) -j $(JOBS)

check: setup
	python3 tools/check_style.py
	python3 tools/check_layers.py

bench: ALSO = libbenchmark-dev
bench: setup
	cmake --preset release -B $(BUILD) -DCORNU_BENCH=ON
	cmake --build $(BUILD) -j $(JOBS) --target cornu_cli steps_bench gemm_bench tile_bench process_bench compile_bench
	python3 bench/compare.py --build $(BUILD)
	$(BUILD)/bench/gemm_bench check
	python3 bench/build.py $(BUILD)

bench-peers:
	python3 -m venv .venv-bench
	.venv-bench/bin/pip install -q keras==3.15.1 jax numpy

format:
	git ls-files '*.cpp' '*.h' '*.inl' | xargs clang-format -i

stubs: build
	PYTHONPATH=$(BUILD)/python $(PYTHON) tools/gen_pyi.py

asan tsan: setup
	cmake --preset $@
	cmake --build --preset $@ -j $(JOBS)
	ctest --preset $@ -j $(JOBS)
	python3 tools/count_tests.py build-$@/test-results

setup:
	@tools/setup.sh $(ALSO)

venv: setup
	@tools/venv.sh $(PYTHON)

clean:
	rm -rf build build-asan build-tsan build-wheel demo-output
