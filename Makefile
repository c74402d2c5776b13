.PHONY: demo test test-engines bench fixtures clean-fixtures

# From nothing to a root shell beside a distroless container; without a terminal it tells the story instead.
demo:
	@bash tests/demo.sh

# Everything: its own set-up, then every test, those with a real engine, registry and terminal included.
test:
	@bash tests/setup.sh tools engine test
	@$(MAKE) --no-print-directory fixtures
	cargo test --locked --no-fail-fast

# The tests with an engine against others than the machine's: those of Debian's stable and unstable releases, fetched from its
# archive and unpacked below target/engines. NAMES="newest" or DEVTWIN_ENGINE_TESTS="join ways" for a part of it.
test-engines:
	@bash tests/setup.sh tools engine test
	@$(MAKE) --no-print-directory fixtures
	@tests/engines.sh $(NAMES)

# Speed as ratios against docker's own command in the same run; DEVTWIN_SOAK=10G for the long soak.
bench:
	@bash tests/setup.sh tools engine bench
	@$(MAKE) --no-print-directory fixtures
	cargo bench --locked --bench compare

# The images that the tests with a real engine use; a no-op when they are up to date.
fixtures:
	@tests/fixtures/build.sh

# Removes them. An image that a container still uses stays, and is named.
clean-fixtures:
	@tests/fixtures/build.sh --clean
