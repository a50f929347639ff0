# SPDX-License-Identifier: Apache-2.0
# Massive Multiplayer Arena: one Makefile, sources by wildcard, dependencies by the compiler.
#
#   make run | demo | test | check | bench          what a newcomer needs (see README.md)
#   make build                                      all daemons and tools, into build/bin
#   make CC=clang ... | SANITIZE=address,undefined  another variant, in its own folder below build/

SHELL := /bin/bash
.DELETE_ON_ERROR:
.DEFAULT_GOAL := build
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules

CC       := $(if $(filter default,$(origin CC)),gcc,$(CC))
OPT      ?= -O2
SANITIZE ?=
COVERAGE ?=
comma    := ,
VARIANT  := $(if $(filter-out gcc,$(notdir $(CC))),-$(notdir $(CC)))$(if $(filter-out -O2,$(OPT)),$(OPT))$(if $(SANITIZE),-$(subst $(comma),-,$(SANITIZE)))$(if $(COVERAGE),-coverage)
B        := build$(if $(VARIANT),/variant$(VARIANT))
GEN      := build/gen

SERVICES := gateway matchmaker game-engine spectator replay-writer
NNG_LIBS := -lnng
PKGS     := libuv libprotobuf-c libpq hiredis librabbitmq libmicrohttpd openssl jansson cjose libzstd msgpack

PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
PKG_LIBS   := $(shell pkg-config --libs $(PKGS) 2>/dev/null)
LLHTTP     := /usr/share/llhttp
LLHTTP_INC := /usr/share/include

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wcast-qual -Wvla -Wundef -Werror
CFLAGS_COMMON := -std=c17 $(OPT) -g -pthread -fvisibility=hidden -fno-common -ffp-contract=off -fno-omit-frame-pointer \
    $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-sanitize-recover=all) -D_GNU_SOURCE -I. -I$(GEN) -isystem $(LLHTTP_INC) -isystem $(LLHTTP_INC)/llhttp \
    $(patsubst -I%,-isystem %,$(PKG_CFLAGS))
LDLIBS := $(PKG_LIBS) $(NNG_LIBS) -lwslay -lm -pthread
LDFLAGS := $(if $(SANITIZE),-fsanitize=$(SANITIZE))
# COVERAGE=1, with CC=clang: lines that ran, for llvm-cov.
CFLAGS_COMMON += $(if $(COVERAGE),-fprofile-instr-generate -fcoverage-mapping)
LDFLAGS += $(if $(COVERAGE),-fprofile-instr-generate)

# ---- what is built from what -------------------------------------------------------------------

objects = $(patsubst %.c,$(B)/obj/%.o,$(1))
proto_sources   := $(wildcard proto/*.proto)
proto_headers   := $(proto_sources:%.proto=$(GEN)/%.pb-c.h)
proto_c         := $(proto_sources:%.proto=$(GEN)/%.pb-c.c)
proto_objects   := $(patsubst $(GEN)/%.c,$(B)/obj/gen/%.o,$(proto_c))

base_sources    := $(wildcard libcommon/base/*.c)
game_sources    := $(wildcard libcommon/game/*/*.c)
runtime_sources := $(wildcard libcommon/runtime/*/*.c)
support_sources := $(wildcard tests/support/*.c)
llhttp_objects  := $(addprefix $(B)/obj/llhttp/,llhttp.o api.o http.o)

libs := $(B)/lib/libruntime.a $(B)/lib/libproto.a $(B)/lib/libgame.a $(B)/lib/libbase.a $(B)/lib/libllhttp.a

# An archive of objects, and of nothing that was taken away: its list is another file once a source comes or goes.
define archive_rule
$$(shell mkdir -p $(B)/lib; [ "$$$$(cat $(B)/lib/$(1).list 2>/dev/null)" = "$(sort $(2))" ] || echo "$(sort $(2))" >$(B)/lib/$(1).list)
$(B)/lib/$(1).a: $(2) $(B)/lib/$(1).list
endef
archive = $(eval $(call archive_rule,$(1),$(2)))

$(call archive,libbase,$(call objects,$(base_sources)))
$(call archive,libgame,$(call objects,$(game_sources)))
$(call archive,libruntime,$(call objects,$(runtime_sources)))
$(call archive,libproto,$(proto_objects))
$(call archive,libllhttp,$(llhttp_objects))
$(call archive,libsupport,$(call objects,$(support_sources)))

# Each service is one archive of its core/ and io/, one main.c, and its command-line tools.
define service_rules
$(1)_sources := $$(wildcard services/$(1)/core/*.c services/$(1)/io/*.c)
$(1)_tools   := $$(patsubst services/$(1)/tools/%.c,$$(B)/bin/%,$$(wildcard services/$(1)/tools/*.c))
$$(call archive,lib$(1),$$(call objects,$$($(1)_sources)))
$$(B)/bin/$(1): $$(B)/obj/services/$(1)/main.o $$(B)/lib/lib$(1).a $$(libs)
$$($(1)_tools): $$(B)/bin/%: $$(B)/obj/services/$(1)/tools/%.o $$(B)/lib/lib$(1).a $$(libs)
daemons += $$(if $$(wildcard services/$(1)/main.c),$$(B)/bin/$(1))
tools   += $$($(1)_tools)
endef
$(foreach s,$(SERVICES),$(eval $(call service_rules,$(s))))

# http_api.c holds the description it serves (.incbin, which no dependency file names).
$(B)/obj/services/matchmaker/io/http_api.o: services/matchmaker/openapi.json

# All cores of all daemons in one program: no symbol has two homes, and none needs its daemon's io/ (make check).
core_objects := $(call objects,$(wildcard services/*/core/*.c))
$(B)/check/cores: $(core_objects) $(B)/lib/libgame.a $(B)/lib/libbase.a
	@mkdir -p $(@D)
	echo 'int main(void) { return 0; }' | $(CC) $(LDFLAGS) -x c - -x none $^ -o $@

bots_sources := $(wildcard tests/bench/bots/*.c)
$(B)/bin/bots: $(call objects,$(bots_sources)) $(B)/lib/libsupport.a $(libs)
tools += $(if $(bots_sources),$(B)/bin/bots)

bench_programs := $(patsubst tests/bench/%.c,$(B)/bench/%,$(wildcard tests/bench/bench_*.c))
$(bench_programs): $(B)/bench/%: $(B)/obj/tests/bench/%.o $(B)/lib/libsupport.a $(libs)

# ---- tests: tests/<layer>/<subject>/test_*.c, linked with the service of the same name ---------

test_programs = $(patsubst tests/%.c,$(B)/tests/%,$(wildcard tests/$(1)/test_*.c tests/$(1)/*/test_*.c))
unit_tests    := $(call test_programs,unit)
service_tests := $(call test_programs,service)
system_tests  := $(call test_programs,system)

define test_rules
$(1): $$(B)/tests/%: $$(B)/obj/tests/%.o $$(B)/lib/libsupport.a \
    $$(foreach s,$$(SERVICES),$$(if $$(findstring /$$(s)/,$(1)),$$(B)/lib/lib$$(s).a)) $$(libs)
endef
$(foreach t,$(unit_tests) $(service_tests) $(system_tests),$(eval $(call test_rules,$(t))))

# ---- simulation: all cores in one process, from a seed (tests/simulation/README.md) -------------
#
#   make simulate [SEEDS=1000] [FIRST=1] [HOURS=]   until the first broken invariant, or the seeds or virtual hours are over
#   make simulate SEED=n [LOG=1]                    one seed, with its log

simulation_sources := $(filter-out tests/simulation/test_% tests/simulation/main.c,$(wildcard tests/simulation/*.c tests/simulation/invariants/*.c))
# A daemon that has no node yet is stood in for.
simulation_tests   := $(call test_programs,simulation)
$(B)/lib/libsimulation.a: $(call objects,$(simulation_sources))
$(B)/bin/simulate: $(B)/obj/tests/simulation/main.o
$(simulation_tests): $(B)/tests/%: $(B)/obj/tests/%.o
$(B)/bin/simulate $(simulation_tests): $(B)/lib/libsimulation.a $(B)/lib/libsupport.a $(foreach s,$(SERVICES),$(B)/lib/lib$(s).a) $(libs)

.PHONY: simulate simulate-mutants
simulate-mutants:
	@scripts/setup build
	@scripts/simulate-mutants $(if $(SEEDS),--seeds $(SEEDS)) $(MUTANTS)
simulate: $(B)/bin/simulate
	@$(B)/bin/simulate $(if $(SEED),--seed $(SEED),--first $(or $(FIRST),1) --seeds $(or $(SEEDS),1000)) $(if $(HOURS),--hours $(HOURS)) $(if $(LOG),--log)

# ---- fuzz: make fuzz-<name> [FUZZ_SECONDS=60]; a crash is stored in build/fuzz and replayed by replay-<name> FILE

FUZZ_SECONDS ?= 60
fuzz_replays := $(patsubst tests/fuzz/fuzz_%.c,$(B)/fuzz/replay-%,$(wildcard tests/fuzz/fuzz_*.c))
$(fuzz_replays): $(B)/fuzz/replay-%: $(B)/obj/tests/fuzz/fuzz_%.o $(B)/obj/tests/fuzz/replay.o $(B)/lib/libsupport.a $(libs)
$(B)/fuzz/seeds: $(B)/obj/tests/fuzz/seeds.o $(B)/lib/libsupport.a $(libs)

fuzz_programs := $(patsubst tests/fuzz/fuzz_%.c,$(B)/fuzz/fuzz-%,$(wildcard tests/fuzz/fuzz_*.c))
$(fuzz_programs): $(B)/fuzz/fuzz-%: $(B)/obj/tests/fuzz/fuzz_%.o $(B)/lib/libsupport.a $(libs)

fuzz-%: $(B)/fuzz/seeds $(B)/fuzz/replay-%
	$(B)/fuzz/seeds build/fuzz/corpus
	@mkdir -p build/fuzz/corpus/$*
	$(MAKE) CC=clang SANITIZE=fuzzer,address,undefined build/variant-clang-fuzzer-address-undefined/fuzz/fuzz-$*
	build/variant-clang-fuzzer-address-undefined/fuzz/fuzz-$* -max_total_time=$(FUZZ_SECONDS) \
	    -artifact_prefix=build/fuzz/ build/fuzz/corpus/$*

# The same harness and corpus under AFL++: make afl-<name> [FUZZ_SECONDS=60]; findings lie in build/fuzz/afl/<name>/default.
afl-%: $(B)/fuzz/seeds
	@scripts/setup build fuzz
	$(B)/fuzz/seeds build/fuzz/corpus
	@mkdir -p build/fuzz/afl
	$(MAKE) CC=afl-clang-fast SANITIZE=fuzzer build/variant-afl-clang-fast-fuzzer/fuzz/fuzz-$*
	AFL_SKIP_CPUFREQ=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 AFL_NO_UI=1 AFL_NO_AFFINITY=1 AFL_AUTORESUME=1 \
	    afl-fuzz -V $(FUZZ_SECONDS) -i build/fuzz/corpus/$* -o build/fuzz/afl/$* \
	    -- build/variant-afl-clang-fast-fuzzer/fuzz/fuzz-$*

# Share of each decoder's lines that its fuzz target reaches; fails below 95 % (scripts/fuzz-coverage).
.PHONY: fuzz-coverage
fuzz-coverage:
	@scripts/fuzz-coverage

# ---- golden: the same matches from every compiler (scripts/golden); golden-rows after a change of rules or format

.PHONY: golden golden-rows probability-model
golden:
	@scripts/setup golden
	@scripts/golden
golden-rows:
	@scripts/setup golden
	@scripts/golden --rows

# The snapshot coder's probability model, measured on matches of bots: changes every snapshot's bytes.
probability-model:
	@scripts/setup golden check
	@scripts/probability-model

# ---- sabotage: the mistakes that somebody made once, planted one by one in a copy; each must be noticed (scripts/sabotage) ----

.PHONY: sabotage
sabotage:
	@scripts/setup build check golden
	@scripts/sabotage

# ---- mutants: small changes planted one by one in a copy; which of them do no tests notice? (scripts/mutants) ----------

.PHONY: mutants
mutants:
	@scripts/setup build check
	@scripts/mutants --seed $(or $(SEED),1) --count $(or $(COUNT),60) --in $(IN)

# ---- recipes -----------------------------------------------------------------------------------

.PHONY: build benches programs proto
build: $(daemons) $(tools)

# Every program that is no daemon or tool: tests and benchmarks.
benches: $(bench_programs)
programs: benches $(unit_tests) $(service_tests) $(system_tests) $(simulation_tests) $(B)/bin/simulate
proto: $(proto_headers)

$(B)/obj/%.o: %.c | $(proto_headers)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_COMMON) $(WARN) $(CFLAGS) -MMD -MP -c $< -o $@

$(B)/obj/gen/%.o: $(GEN)/%.c | $(proto_headers)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_COMMON) -w -MMD -MP -c $< -o $@

$(B)/obj/llhttp/%.o: $(LLHTTP)/%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_COMMON) -w -c $< -o $@

.SECONDARY: $(proto_headers) $(proto_c)
$(GEN)/%.pb-c.h $(GEN)/%.pb-c.c &: %.proto
	@mkdir -p $(@D)
	protoc-c --c_out=$(GEN) $<

# Every test says which case failed, and what was required (tests/support/test_case.h).
$(B)/tests/%: LDFLAGS += -Wl,-u,test_case

$(B)/tests/% $(B)/bench/%: LDLIBS += -Wl,--as-needed -lcmocka -lcurl

$(B)/bench/bench_engine: LDFLAGS += $(foreach f,malloc calloc realloc aligned_alloc,-Wl,--wrap=$(f))

$(B)/lib/%.a:
	@mkdir -p $(@D)
	@rm -f $@
	ar rcs $@ $(filter %.o,$^)

$(B)/bin/% $(B)/tests/% $(B)/bench/% $(B)/fuzz/%:
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) $(filter %.o,$^) -Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(LDLIBS) -o $@

-include $(shell find $(B)/obj -name '*.d' 2>/dev/null)

.PHONY: clean
clean:
	rm -rf build

# ---- what a newcomer needs: scripts install what is missing, then call this Makefile again -----

.PHONY: setup run demo test check check-fast docs bench
setup:
	@scripts/setup build services check

run demo check check-fast bench:
	@scripts/$@

# The parts of docs/configuration.md and docs/observability.md that are made from the code.
docs: build
	@scripts/docs

# test-unit, test-service, test-system, test-runtime, and test-<daemon>: its unit and its service tests.
test:
	@scripts/test all
test-%:
	@scripts/test $*

bench-%:
	@scripts/bench $*

# The scripts read variables here.
print-%:
	@echo '$($*)'
