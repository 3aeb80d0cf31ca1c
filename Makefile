# SPDX-License-Identifier: MIT-0
#
#   make              builds the examples as build/NAME
#   make demo         trains on a generated corpus, prints neighbours and analogies, and draws build/word_vectors.svg
#   make experiments DATA=folder
#                     compares optimisers, lengths of vectors and numbers of negative samples on the Stanford Sentiment
#                     Treebank, in about a minute; tables, and pictures in build/experiments (examples/README.md)
#   make test         runs all tests; the last line counts them. ONLY="kernels io/refusals cli" runs a program, one test
#                     of another, and a script (see tests/README.md)
#   make test-header  runs the tests of the header, but not those of the examples
#   make single       builds every example by itself as build/single/NAME, as one that is copied into another project is
#   make mpi          builds examples/mpi.c, which trains on several machines, with mpicc (Debian's libopenmpi-dev)
#   make page         builds build/page.html, word2vec in a browser, with emcc and node (Debian's emscripten, nodejs)
#   make test-page    tests it in Debian's chromium
#   make lib          builds the shared and the static library, build/libw2v.so and .a (or as the system names them)
#   make install      copies w2v.h and the libraries to PREFIX (/usr/local), with what pkg-config and CMake look for
#                     (w2v.pc; targets w2v::w2v, w2v::w2v_static and w2v::header); DESTDIR is put before PREFIX,
#                     LIBDIR=lib is the folder of libraries in it
#   make install-header
#                     copies w2v.h alone to PREFIX/include
#   make clean        removes build/
#
# Why the header can be trusted (tests/README.md):
#   make proof        runs those of the next five that have not run since w2v.h changed, and prints one table
#   make coverage     measures what the tests of the header reach, in build/coverage/index.html, and demands 97 % of the
#                     lines of w2v.h and 90 % of its branches. It needs gcc and gcovr
#   make faults       fails allocations, files and threads one by one, and kills programs KILLS=100 times while they save
#                     (Linux with glibc). With fewer kills it takes over what `make test` has shown
#   make fuzz         fuzzes the readers of files, texts and questions, SECONDS=60 each, those that FUZZ="text native"
#                     names (all), with clang's libFuzzer; without it, or with PLAIN=1, by a mutator of its own. What it
#                     finds is in build/fuzz/NAME
#   make mutants      breaks w2v.h in MUTANTS=300 places, drawn by SEED=1, and names those that no test notices: an
#                     error if they are more than 8 %. JOBS=2 at a time; it goes on where it was stopped
#   make matrix       compiles the header with every compiler, standard, backend, level of optimisation, option and
#                     machine that is installed, about 550 lines in most of an hour, JOBS=n at a time; MATRIX='^clang c99'
#                     runs the lines of such names
#   make analysis     runs cppcheck, clang-tidy, clang --analyze and gcc -fanalyzer over everything; no finding may be
#                     left unexplained (tests/analysis.sh, .clang-tidy)
#
# Benchmarks print text, or FORMAT=csv or json:
#   make bench        measures the speed of the kernels, the losses and training, and sums it up in a dozen lines, in
#                     about a minute. FULL=1 prints all tables, as FORMAT does, in five to ten minutes. CORPUS=file is
#                     what to train on (a generated text by default), WORDS=n takes only its first n words (0: all),
#                     ROUNDS=n is the number of runs (3; 5 with FULL=1).
#   make bench-peers CORPUS=file
#                     compares with fastText, gensim and the programs in W2V_PEERS (settings: see bench/peers.sh)
#   make bench-quality CORPUS=file EVAL=folder
#                     compares shared negatives with exact sampling on the evaluation sets in EVAL (their names: see
#                     bench/eval.h). It trains SEEDS=5 models of each kind, with EPOCHS=5 (or 1,5,10)
#                     SIZE=100 NEGATIVE=5. SVG=file draws the scores; RECORD=file notes every model there, so that
#                     the same command goes on after an interruption.
#   make bench-threads CORPUS=file
#                     what lanes and threads cost: processor time, wall time and memory of LANES=1,4,8,32,64 with each
#                     of THREADS=1,n (n processors), in SEEDS=2 rounds, beside the latency between two cores; EPOCHS=2,
#                     SIZE=100, SAMPLE=1e-3. With EVAL=folder also the scores. It fails if threads change the vectors
#   make bench-ranks CORPUS=file
#                     trains with RANKS=1,2,4,8,16,32,64 simulated ranks of examples/mpi.c: words a second at 10 and 100
#                     Gbit/s from measured times and bytes; LANES=1 of a rank, EPOCHS=1. With EVAL=folder also the scores
#   make bench-models CORPUS=file EVAL=folder
#                     speed and quality of skip-gram and CBOW with their losses; SEEDS=5, EPOCHS=5, SIZE=100
#   make bench-count  counts the words of a text that has very many different ones, or of CORPUS=file
#   make bench-queries
#                     how fast the nearest words are found among ROWS=1000000 rows of SIZE=300: one query at a time, batches,
#                     3CosMul, the index of int8 rows, with 1 and THREADS=n threads (n processors), ROUNDS=5, beside the
#                     bandwidth of the memory and, if it is installed, OpenBLAS. VECTORS=file is for the index
#   make bench-files  loads vector files of all formats with one thread and with all: speed, and memory beside the model;
#                     WORDS=400000 SIZE=100 ROUNDS=5; by gensim, too, if it is installed. Opens a native file of OPEN=1000000
#                     words of 300 numbers, 1.3 GB
#   make bench-rows VECTORS=file
#                     what rows of half precision and of int8 cost: size of the file, nearest words that are found, change
#                     of the cosines. With EVAL=folder also the scores
#   make bench-compile
#                     shows what the header costs a compiler: seconds, memory, size of the code
#   make bench-builds CORPUS=file
#                     trains with builds of different flags (plain -O2, -march=native, one backend) in turns; ROUNDS=9,
#                     THREADS=1
#
# config=NAME builds into build/NAME, except for release, which builds into build/:
#   release           -O2, for any machine; on x86-64 the program chooses its kernels when it runs (default)
#   native            -O2 -march=native, for this machine only
#   debug             without optimisation
#   avx2, avx512      one backend
#   generic           the generic backend; generic-fma: for this machine and its fused multiply-add
#   scalar            the plain loops; scalar-fma: for this machine and its fused multiply-add
#   neon, i386, riscv64, s390x, armhf
#                     another machine, with Debian's cross compiler and qemu-user (neon: AArch64)
#   cxx               as C++11
#   fast-math         -O2 -ffast-math
#   sanitize          with the address and undefined-behaviour sanitizers, with CC=clang also for implicit conversions
#   msan              with the sanitizer of memory that is not initialised; CC=clang
#   tsan              with the thread sanitizer
#   coverage          with gcov's counters
# CC, CFLAGS, BUILD (the folder to build into) and RUN (a command that starts the programs) can be set as well.

config ?= release
PREFIX ?= /usr/local
LIBDIR ?= lib
BUILD  ?= $(if $(filter release,$(config)),build,build/$(config))

# Machines that need a cross compiler: triplet and emulator. On the machine itself neither is needed.
triplet_neon    := aarch64-linux-gnu
triplet_i386    := i686-linux-gnu
triplet_riscv64 := riscv64-linux-gnu
triplet_s390x   := s390x-linux-gnu
triplet_armhf   := arm-linux-gnueabihf
qemu_neon := qemu-aarch64
qemu_i386 := qemu-i386
qemu_riscv64 := qemu-riscv64
qemu_s390x := qemu-s390x
qemu_armhf := qemu-arm
triplet := $(if $(filter $(firstword $(subst -, ,$(triplet_$(config)))),$(shell uname -m)),,$(triplet_$(config)))
ifeq ($(origin CC),default)
CC := $(if $(triplet),$(triplet)-gcc,$(if $(filter cxx,$(config)),c++,cc))
endif
RUN ?= $(if $(triplet),$(qemu_$(config)) -L /usr/$(triplet))

native := $(shell $(CC) -march=native -x c -E /dev/null >/dev/null 2>&1 && echo -march=native)
flags_release     := -O2
flags_native      := -O2 $(native)
flags_debug       := -O0 -g
flags_scalar      := -O2 -DW2V_SIMD=W2V_SIMD_SCALAR
flags_scalar-fma  := -O2 $(native) -DW2V_SIMD=W2V_SIMD_SCALAR
flags_generic     := -O2 -DW2V_SIMD=W2V_SIMD_GENERIC
flags_generic-fma := -O2 $(native) -DW2V_SIMD=W2V_SIMD_GENERIC
flags_avx2        := -O2 -mavx2 -mfma -DW2V_SIMD=W2V_SIMD_AVX2
flags_avx512      := -O2 -mavx512f -mfma -DW2V_SIMD=W2V_SIMD_AVX512
flags_neon        := -O2
# (static: pthread_create of a shared glibc never returns in qemu-i386 7.2)
flags_i386        := -O2 -msse2 -mfpmath=sse -static
flags_riscv64     := -O2
flags_s390x       := -O2 -fexcess-precision=fast
flags_armhf       := -O2
flags_cxx         := -O2 -x c++ -std=c++11
flags_fast-math   := -O2 -ffast-math
# (-g1: reports show functions and lines, and no more; -g takes a compiler half as long again. With -O2 compiling takes
# 1.3 times as long as with -O1; then the tests of threads run in half of the time, others in two thirds)
# (clang: stb_ds has an array of 8 bytes that is longer)
flags_sanitize    := -O2 -g1 -fsanitize=address,undefined,float-cast-overflow -fno-sanitize-recover=all \
    -fno-omit-frame-pointer $(if $(findstring clang,$(CC)),-fsanitize=implicit-conversion -fno-sanitize=bounds)
flags_msan        := -O1 -g1 -fsanitize=memory -fno-sanitize-recover=all -fno-omit-frame-pointer
flags_tsan        := -O2 -g1 -fsanitize=thread
# (atomic: threads count, too. Of the optimisations of -O1, which make the kernels bearable, those that hide a branch
# are left out; a function that is inlined everywhere counts once, not at every call)
flags_coverage    := -O1 -fno-inline -DTEST_SLOW=1 --param logical-op-non-short-circuit=0 --coverage -fprofile-update=atomic \
    -Dalways_inline=unused
ifndef flags_$(config)
$(error config=$(config) is not one of those that the head of the Makefile lists)
endif
# The backend that the tests demand: none where the program chooses.
backend := $(filter scalar scalar-fma generic generic-fma avx2 avx512 neon,$(config))
backend := $(backend)$(if $(filter i386 armhf,$(config)),generic)$(if $(filter riscv64 s390x,$(config)),generic-fma)

ALL_FLAGS = $(if $(filter cxx,$(config)),,-std=c99) $(flags_$(config)) -Wall -Wextra -I. $(STB_FLAGS) $(CFLAGS)
LIBS      := -lm -pthread
examples  := $(patsubst examples/%.c,$(BUILD)/%,$(filter-out examples/mpi.c examples/page.c,$(wildcard examples/*.c)))
single    := $(examples:$(BUILD)/%=$(BUILD)/single/%)

# ONLY chooses tests by the names of their programs and scripts; NAME/TEST is one test of a program.
scripts_of_tests := cli original bench formats bindings
programs_of_tests := $(patsubst tests/test_%.c,%,$(wildcard tests/test_*.c))
chosen := $(foreach name,$(ONLY),$(firstword $(subst /, ,$(name))))
unknown := $(filter-out $(programs_of_tests) $(scripts_of_tests),$(chosen))
$(if $(unknown),$(error no test has the name $(unknown), only these: $(programs_of_tests) $(scripts_of_tests)))
$(foreach name,$(scripts_of_tests),$(if $(filter $(name)/%,$(ONLY)),$(error $(name) is a script and runs whole: ONLY=$(name), \
    not $(filter $(name)/%,$(ONLY)))))
choose = $(if $(ONLY),$(filter $(chosen),$1),$1)
tests     := $(patsubst %,$(BUILD)/tests/test_%,$(call choose,$(programs_of_tests)))
# What follows the slash: no test of a program means all.
tests_of = $(if $(filter $1,$(ONLY)),,$(patsubst $1/%,%,$(filter $1/%,$(ONLY))))

# Tests that name private functions, or define options of the header, are compiled with it. The others are linked to
# its object: those that include checked.h to the one of tests/checked.c, the rest to that of the examples.
test_files := $(wildcard tests/test_*.c)
alone := $(shell grep -lE 'w2v__|^.define W2V_(BLOCK_BYTES|MALLOC|ASSERT|NO_|SIMD|_)' $(test_files))
checked := $(filter-out $(alone),$(shell grep -l '"checked.h"' $(test_files)))
private_tests := $(alone:tests/%.c=$(BUILD)/tests/%)
checked_tests := $(checked:tests/%.c=$(BUILD)/tests/%)
benches   := $(patsubst %,$(BUILD)/bench/%,speed quality models threads ranks count queries files rows)

all: $(examples)

single: $(single)

mpi: $(BUILD)/mpi

$(BUILD)/mpi: examples/mpi.c $(BUILD)/w2v.o
	$(MPICC) $(ALL_FLAGS) $(of_interface) $< $(with_object)
MPICC ?= mpicc

# The page is one file: the engine, compiled to WebAssembly, is inside. emcc does not look into /usr/include, and
# Debian's emcc has its modules where only Debian's node finds them. malloc ends the engine when memory runs out.
page: $(BUILD)/page.html

emcc = NODE_PATH=/usr/share/nodejs emcc -std=gnu99 -O3 -msimd128 -Wall -Wextra -I. -I$(BUILD)/page \
    -DW2V_NO_THREADS -DW2V_NO_STDIO -DW2V_BLOCK_BYTES=16384
stb_ds = $(firstword $(wildcard $(STB_FLAGS:-I%=%/stb_ds.h) /usr/include/stb_ds.h /usr/include/stb/stb_ds.h))
engine := -s MODULARIZE=1 -s EXPORT_NAME=engine -s ENVIRONMENT=worker -s FILESYSTEM=0 -s DYNAMIC_EXECUTION=0 \
    -s ALLOW_MEMORY_GROWTH=1 -s ABORTING_MALLOC=1 -s EXPORTED_FUNCTIONS=_free \
    -s EXPORTED_RUNTIME_METHODS=ccall,UTF8ToString,HEAPU8,HEAPU32,HEAPF32,HEAPF64

$(BUILD)/page/w2v.o: w2v.h | $(BUILD)/stb.mk
	@mkdir -p $(@D)
	@cp "$(stb_ds)" $(@D)
	$(emcc) -Wno-unused-function -DSTB_DS_IMPLEMENTATION -DW2V_IMPLEMENTATION -x c -c $< -o $@

$(BUILD)/page/engine.js: examples/page.c $(wildcard examples/*.h) $(BUILD)/page/w2v.o
	$(emcc) -DW2V_DECLARATIONS_ONLY $< $(BUILD)/page/w2v.o $(engine) -o $@

$(BUILD)/page.html: examples/page.html examples/make_page.js $(BUILD)/page/engine.js
	node examples/make_page.js $< $(BUILD)/page/engine $@

coverage:
	+@sh tests/coverage.sh

analysis: $(BUILD)/stb.mk
	@sh tests/analysis.sh $(BUILD)

test-page:
	@sh tests/page.sh $(BUILD)

# Scripts run this make again (${MAKE:-make}).
export MAKE

MUTANTS ?= 300
SEED    ?= 1
JOBS    ?= 2
mutants:
	python3 tests/mutate.py $(MUTANTS) $(SEED) $(JOBS)

demo: $(BUILD)/demo
	$(RUN) $(BUILD)/demo -output $(BUILD)

experiments: $(patsubst %,$(BUILD)/%,cs224n sentiment query curves)
	@RUN="$(RUN)" sh examples/experiments.sh $(BUILD) "$(DATA)"

# A test runs as soon as it is compiled. The scripts come first: they take longest.
results := $(tests:%=%.result)
scripts := $(patsubst %,$(BUILD)/tests/%.result,$(call choose,$(scripts_of_tests)))

test: $(scripts) $(results)
	@sh tests/run.sh sum $^

faults: $(patsubst %,$(BUILD)/%,word2vec phrases convert query evaluate tests/test_memory tests/test_faults)
	@CC="$(CC)" sh tests/faults.sh $(BUILD) $(KILLS)

test-header: $(results)
	@sh tests/run.sh sum $^

$(results): %.result: %
	@sh tests/run.sh $@ $(RUN) $< $(call tests_of,$(patsubst test_%,%,$(<F)))

$(BUILD)/tests/bench.result: $(patsubst %,$(BUILD)/bench/%,speed threads ranks queries files rows quality models)
$(BUILD)/tests/bindings.result: lib
$(BUILD)/tests/formats.result: $(BUILD)/tests/test_formats
$(scripts): $(BUILD)/tests/%.result: tests/%.sh $(examples)
	@mkdir -p $(@D)
	@RUN="$(RUN)" sh tests/run.sh $@ sh $< $(BUILD)

# Everything is compiled once, and the environment chooses the target. The main program has no instrumentation.
ifneq ($(filter fuzz %/fuzz,$(MAKECMDGOALS)),)
fuzz_kind := $(if $(PLAIN),plain,$(shell echo 'int LLVMFuzzerTestOneInput(void); int LLVMFuzzerTestOneInput(void) { return 0; }' | \
    clang -x c -fsanitize=fuzzer - -o /dev/null 2>/dev/null && echo clang || echo plain))
endif
fuzz: $(BUILD)/fuzz/$(fuzz_kind)/fuzz
	@sh tests/fuzz/run.sh $< $(BUILD)/fuzz "$(or $(SECONDS),60)" $(FUZZ)

fuzz_cc = $(if $(filter clang,$(fuzz_kind)),clang,$(CC))
fuzz_plain = -std=c99 -O1 -g1 -Wall -Wextra -I. $(STB_FLAGS)
fuzz_flags = $(fuzz_plain) -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
fuzz_traced := private vectors texts questions programs
fuzz_trace = $(if $(filter clang,$(fuzz_kind)),-fsanitize=fuzzer-no-link,$(if $(findstring afl,$(CC)),,-fsanitize-coverage=trace-pc))
fuzz_objects = $(patsubst %,$(BUILD)/fuzz/$(fuzz_kind)/%.o,fuzz other $(fuzz_traced))

$(BUILD)/fuzz/$(fuzz_kind)/fuzz: $(fuzz_objects)
	$(fuzz_cc) -fsanitize=address,undefined$(if $(filter clang,$(fuzz_kind)),$(comma)fuzzer) $^ -o $@ $(LIBS)
$(fuzz_objects): $(BUILD)/fuzz/$(fuzz_kind)/%.o: tests/fuzz/%.c tests/fuzz/fuzz.h tests/parts.h w2v.h | $(BUILD)/stb.mk
	@mkdir -p $(@D)
	$(fuzz_cc) $(if $(filter other,$*),$(fuzz_plain) $(native) -DW2V_SIMD=W2V_SIMD_SCALAR,$(fuzz_flags)) \
	    $(if $(filter private,$*),$(best)) $(if $(filter $*,$(fuzz_traced)),$(fuzz_trace)) \
	    $(if $(filter plain,$(fuzz_kind)),-DFUZZ_PLAIN) $(CFLAGS) -c $< -o $@
$(BUILD)/fuzz/$(fuzz_kind)/programs.o: examples/query.c examples/treebank.h examples/cli.h
comma := ,

FORMAT ?= text
format := $(if $(filter-out text,$(FORMAT)),-$(FORMAT))
ifneq ($(format),)
.SILENT:    # only the tables go to standard output
endif

ifneq ($(filter experiments,$(MAKECMDGOALS)),)
$(if $(DATA),,$(error make experiments needs DATA=folder))
endif
ifneq ($(filter bench-peers,$(MAKECMDGOALS)),)
$(if $(CORPUS),,$(error make bench-peers needs CORPUS=file))
endif
ifneq ($(filter bench-rows,$(MAKECMDGOALS)),)
$(if $(VECTORS),,$(error make bench-rows needs VECTORS=file))
endif
ifneq ($(filter bench-builds,$(MAKECMDGOALS)),)
$(if $(CORPUS),,$(error make bench-builds needs CORPUS=file))
endif
ifneq ($(filter bench-threads bench-ranks,$(MAKECMDGOALS)),)
$(if $(CORPUS),,$(error make $(MAKECMDGOALS) needs CORPUS=file))
endif
ifneq ($(filter bench-quality bench-models,$(MAKECMDGOALS)),)
$(if $(and $(CORPUS),$(EVAL)),,$(error make $(MAKECMDGOALS) needs CORPUS=file and EVAL=folder))
endif

bench: $(BUILD)/bench/speed
	@$(RUN) $(BUILD)/bench/speed $(format) $(if $(filter-out 0,$(FULL)),-full) $(if $(WORDS),-words $(WORDS)) \
	    $(if $(ROUNDS),-rounds $(ROUNDS)) $(if $(CORPUS),"$(CORPUS)")

bench-peers: $(BUILD)/word2vec
	@sh bench/peers.sh $(BUILD) "$(CORPUS)"

# What the programs that score models have in common.
scored = $(format) $(if $(SEEDS),-seeds $(SEEDS)) $(if $(EPOCHS),-iter $(EPOCHS)) $(if $(SIZE),-size $(SIZE))

bench-quality: $(BUILD)/bench/quality
	@$(RUN) $(BUILD)/bench/quality $(scored) $(if $(NEGATIVE),-negative $(NEGATIVE)) \
	    $(if $(RECORD),-record "$(RECORD)") $(if $(SVG),-svg "$(SVG)") "$(CORPUS)" "$(EVAL)"

bench-threads: $(BUILD)/bench/threads
	@$(RUN) $(BUILD)/bench/threads $(scored) $(if $(THREADS),-threads $(THREADS)) $(if $(LANES),-lanes $(LANES)) \
	    $(if $(SAMPLE),-sample $(SAMPLE)) "$(CORPUS)" $(if $(EVAL),"$(EVAL)")

bench-ranks: $(BUILD)/bench/ranks
	@$(RUN) $(BUILD)/bench/ranks $(format) $(if $(RANKS),-ranks $(RANKS)) $(if $(LANES),-lanes $(LANES)) \
	    $(if $(EPOCHS),-iter $(EPOCHS)) "$(CORPUS)" $(if $(EVAL),"$(EVAL)")

bench-models: $(BUILD)/bench/models
	@$(RUN) $(BUILD)/bench/models $(scored) $(if $(THREADS),-threads $(THREADS)) "$(CORPUS)" "$(EVAL)"

bench-count: $(BUILD)/bench/count
	@$(RUN) $(BUILD)/bench/count $(format) $(if $(WORDS),-words $(WORDS)) $(if $(ROUNDS),-rounds $(ROUNDS)) $(if $(CORPUS),"$(CORPUS)")

bench-queries: $(BUILD)/bench/queries
	@$(RUN) $(BUILD)/bench/queries $(format) $(if $(ROWS),-rows $(ROWS)) $(if $(SIZE),-size $(SIZE)) \
	    $(if $(THREADS),-threads $(THREADS)) $(if $(ROUNDS),-rounds $(ROUNDS)) $(if $(VECTORS),"$(VECTORS)")

bench-files: $(BUILD)/bench/files
	@$(RUN) $(BUILD)/bench/files $(format) $(if $(WORDS),-words $(WORDS)) $(if $(SIZE),-dim $(SIZE)) $(if $(ROUNDS),-rounds $(ROUNDS)) \
	    $(if $(OPEN),-open $(OPEN)) $(if $(gensim),-gensim $(gensim))
gensim = $(firstword $(foreach python,/usr/bin/python3 python3,$(shell $(python) -c 'import gensim' 2>/dev/null && echo $(python))))

bench-rows: $(BUILD)/bench/rows
	@$(RUN) $(BUILD)/bench/rows $(format) "$(VECTORS)" $(if $(EVAL),"$(EVAL)")

bench-builds: $(BUILD)/stb.mk
	@CC="$(CC)" sh bench/builds.sh $(BUILD) "$(CORPUS)" $(or $(ROUNDS),9) $(or $(THREADS),1)

# What starts a program of this config, and how each test is compiled, for scripts.
print-run:
	@echo $(RUN)
print-alone:
	@echo $(alone)
print-checked:
	@echo $(checked)

proof: $(BUILD)/stb.mk
	@sh tests/proof.sh $(BUILD)

matrix: $(BUILD)/stb.mk
	@sh tests/matrix.sh $(BUILD)

bench-compile: $(BUILD)/stb.mk
	@sh bench/compile.sh $(BUILD)

# The libraries, under the names that the compiler's system has for them.
flags_lib := -fPIC -fvisibility=hidden -fno-semantic-interposition
version := $(shell sed -n 's/^.define W2V_VERSION "\(.*\)"/\1/p' w2v.h)
# What a program that was linked keeps to: before 1.0 structs may change with the second number.
abi     := $(firstword $(filter-out 0,$(firstword $(subst ., ,$(version)))) 0.$(word 2,$(subst ., ,$(version))))
system  := $(shell $(CC) -dumpmachine 2>/dev/null)
ifneq ($(findstring mingw,$(system)),)
library := w2v.dll
import_library := libw2v.dll.a
flags_lib := '-DW2V_API=extern __declspec(dllexport)'
flags_link = -Wl,--out-implib,$(BUILD)/$(import_library)
else ifneq ($(findstring darwin,$(system)),)
library := libw2v.dylib
library_abi := libw2v.$(abi).dylib
library_version := libw2v.$(version).dylib
flags_link = -Wl,-install_name,@rpath/$(library_abi)
else
library := libw2v.so
library_abi := libw2v.so.$(abi)
library_version := libw2v.so.$(version)
flags_link = -Wl,-soname,$(library_abi)
endif

lib: $(BUILD)/$(library) $(BUILD)/libw2v.a

$(BUILD)/$(library): $(BUILD)/w2v.o
	$(CC) $(ALL_FLAGS) -shared $(flags_link) -x none $< -o $@ $(LIBS)
	$(if $(library_abi),ln -sf $(library) $(BUILD)/$(library_abi))

$(BUILD)/libw2v.a: $(BUILD)/w2v.o
	rm -f $@
	$(AR) rcs $@ $<
ifeq ($(origin AR),default)
AR := $(if $(triplet),$(triplet)-ar,ar)
endif

to := $(DESTDIR)$(PREFIX)
to_lib := $(to)/$(LIBDIR)

install-header:
	install -d "$(to)/include"
	install -m 644 w2v.h "$(to)/include/w2v.h"

install: install-header lib
	install -d "$(to_lib)/pkgconfig" "$(to_lib)/cmake/w2v"
	install -m 644 $(BUILD)/libw2v.a "$(to_lib)/libw2v.a"
ifdef import_library
	install -d "$(to)/bin"
	install -m 755 $(BUILD)/$(library) "$(to)/bin/$(library)"
	install -m 644 $(BUILD)/$(import_library) "$(to_lib)/$(import_library)"
else
	install -m 755 $(BUILD)/$(library) "$(to_lib)/$(library_version)"
	ln -sf $(library_version) "$(to_lib)/$(library_abi)"
	ln -sf $(library_abi) "$(to_lib)/$(library)"
endif
	printf '%s\n' "$$w2v_pc" >"$(to_lib)/pkgconfig/w2v.pc"
	printf '%s\n' "$$w2v_config_cmake" >"$(to_lib)/cmake/w2v/w2vConfig.cmake"
	printf '%s\n' "$$w2v_version_cmake" >"$(to_lib)/cmake/w2v/w2vConfigVersion.cmake"
	cd "$(to_lib)" && chmod 644 pkgconfig/w2v.pc cmake/w2v/w2vConfig.cmake cmake/w2v/w2vConfigVersion.cmake

define w2v_pc
prefix=$(PREFIX)
libdir=$${prefix}/$(LIBDIR)
includedir=$${prefix}/include

Name: w2v
Description: word2vec: trains, reads, writes and asks word vectors
Version: $(version)
Cflags: -I$${includedir}
Libs: -L$${libdir} -lw2v
Libs.private: $(LIBS)
endef

# Relative to that file, so the folder can be moved. LIBDIR may have several parts, as lib/x86_64-linux-gnu has.
up := ../../$(subst / ,/,$(patsubst %,../,$(subst /, ,$(LIBDIR))))
location := $(if $(import_library),bin/$(library),$(LIBDIR)/$(library_version))
soname := $(if $(import_library),IMPORTED_IMPLIB "$${w2v_prefix}/$(LIBDIR)/$(import_library)",IMPORTED_SONAME \
    "$(if $(filter %.dylib,$(library)),@rpath/)$(library_abi)")
define w2v_config_cmake
# w2v::w2v         the shared library
# w2v::w2v_static  the static library
# w2v::header      the header alone, for a program that compiles the implementation (it needs stb_ds.h)
include(CMakeFindDependencyMacro)
find_dependency(Threads)
get_filename_component(w2v_prefix "$${CMAKE_CURRENT_LIST_DIR}/$(up)" ABSOLUTE)
if(NOT TARGET w2v::header)
  add_library(w2v::header INTERFACE IMPORTED)
  set_target_properties(w2v::header PROPERTIES
    INTERFACE_INCLUDE_DIRECTORIES "$${w2v_prefix}/include"
    INTERFACE_LINK_LIBRARIES "Threads::Threads;m")
  add_library(w2v::w2v_static STATIC IMPORTED)
  set_target_properties(w2v::w2v_static PROPERTIES
    IMPORTED_LOCATION "$${w2v_prefix}/$(LIBDIR)/libw2v.a"
    INTERFACE_INCLUDE_DIRECTORIES "$${w2v_prefix}/include"
    INTERFACE_LINK_LIBRARIES "Threads::Threads;m")
  add_library(w2v::w2v SHARED IMPORTED)
  set_target_properties(w2v::w2v PROPERTIES
    IMPORTED_LOCATION "$${w2v_prefix}/$(location)"
    $(soname)
    INTERFACE_INCLUDE_DIRECTORIES "$${w2v_prefix}/include")
endif()
unset(w2v_prefix)
endef

define w2v_version_cmake
set(PACKAGE_VERSION "$(version)")
if(PACKAGE_FIND_VERSION MATCHES "^$(subst .,[.],$(abi))([.]|$$)" AND NOT PACKAGE_FIND_VERSION VERSION_GREATER PACKAGE_VERSION)
  set(PACKAGE_VERSION_COMPATIBLE TRUE)
endif()
if(PACKAGE_FIND_VERSION VERSION_EQUAL PACKAGE_VERSION)
  set(PACKAGE_VERSION_EXACT TRUE)
endif()
endef
export w2v_pc w2v_config_cmake w2v_version_cmake

clean:
	rm -rf build

# The implementation takes a compiler seconds, so it is compiled once, for the libraries and for what needs only the
# interface. The functions of stb_ds get names of ours, so that a program can have its own. (Two examples use these.)
$(BUILD)/w2v.o: w2v.h $(BUILD)/stb_names.h
	$(CC) $(if $(filter cxx,$(config)),,-x c) $(ALL_FLAGS) $(flags_lib) $(if $(filter sanitize msan tsan,$(config)),$(best)) \
	    -include $(BUILD)/stb_names.h -DSTB_DS_IMPLEMENTATION -DW2V_IMPLEMENTATION -c $< -o $@

$(BUILD)/stb_names.h: w2v.h | $(BUILD)/stb.mk
	@$(CC) -x c $(ALL_FLAGS) -DW2V_IMPLEMENTATION -E $< | \
	    sed -n 's/^extern.*[ *]\(stbds_[a-z_]*\)(.*).*/#define \1 w2v__\1/p' >$@

of_interface := -DW2V_DECLARATIONS_ONLY
with_object = -x none $(BUILD)/w2v.o -o $@ $(LIBS)

# (Compiled and linked apart: with -j the programs are compiled while w2v.o is.)
$(filter-out %/micro,$(examples)): $(BUILD)/%: $(BUILD)/%.o $(BUILD)/w2v.o
	$(CC) $(ALL_FLAGS) -x none $< $(with_object) $(edit)

$(patsubst %,%.o,$(filter-out %/micro,$(examples))): $(BUILD)/%.o: examples/%.c $(wildcard examples/*.h) w2v.h $(BUILD)/stb_names.h
	$(CC) $(ALL_FLAGS) $(of_interface) $(if $(edit),-DQUERY_EDITLINE) -c $< -o $@

$(BUILD)/cs224n.o $(BUILD)/sentiment.o: of_interface += -include $(BUILD)/stb_names.h

# The prompt of query has a history where libedit is installed.
$(BUILD)/query $(BUILD)/query.o: edit = $(shell printf '\043include <editline/readline.h>\nint main(void) { return !readline(""); }\n' | \
    $(CC) -x c - -o $(BUILD)/edit.probe -ledit 2>/dev/null && echo -ledit)

$(BUILD)/micro: examples/micro.c
	@mkdir -p $(@D)
	$(CC) $(ALL_FLAGS) $< -o $@ -lm

$(single): $(BUILD)/single/%: examples/%.c $(wildcard examples/*.h) w2v.h | $(BUILD)/stb.mk
	@mkdir -p $(@D)
	$(CC) $(ALL_FLAGS) $< -o $@ $(LIBS)

test_flags = -DTEST_BACKEND='"$(strip $(backend))"' $(if $(triplet),-DTEST_SLOW=1)
test_headers := $(wildcard tests/*.h) bench/limits.h
$(BUILD)/tests/test_losses: examples/textbook.h examples/dummy.h
$(BUILD)/tests/test_micro: examples/micro.c
$(BUILD)/tests/test_explain: examples/explain.h examples/utf8.h examples/textbook.h examples/dummy.h
$(filter-out $(private_tests) $(checked_tests),$(tests)): $(BUILD)/tests/%: tests/%.c $(test_headers) $(BUILD)/w2v.o
	@mkdir -p $(@D)
	$(CC) $(ALL_FLAGS) $(test_flags) $(of_interface) $< $(with_object)

$(filter $(checked_tests),$(tests)): $(BUILD)/tests/%: tests/%.c $(test_headers) $(BUILD)/checked.o
	@mkdir -p $(@D)
	$(CC) $(ALL_FLAGS) $(test_flags) $(of_interface) $< -x none $(BUILD)/checked.o -o $@ $(LIBS)

$(BUILD)/checked.o: tests/checked.c tests/checked.h w2v.h | $(BUILD)/stb.mk
	$(CC) $(ALL_FLAGS) $(best) -c $< -o $@

$(filter $(private_tests),$(tests)): $(BUILD)/tests/%: tests/%.c $(test_headers) w2v.h | $(BUILD)/stb.mk
	@mkdir -p $(@D)
	$(CC) $(ALL_FLAGS) $(test_flags) $(if $(filter %/test_kernels,$@),,$(best)) $< -o $@ $(LIBS)

# Where the program would choose its kernels, the tests that do not look at all of them compile the one that it would
# choose on this machine. So do a benchmark of training and the object of a sanitizer, with which every backend takes
# a compiler four seconds.
best = $(if $(backend)$(triplet)$(filter native,$(config))$(findstring W2V_SIMD,$(CFLAGS)),,$(best_here))
best_here := $(and $(filter x86_64,$(shell uname -m)),$(shell grep -w avx2 /proc/cpuinfo 2>/dev/null | grep -qw fma && \
    echo -DW2V_SIMD=W2V_SIMD_AVX$$(grep -qw avx512f /proc/cpuinfo && echo 512 || echo 2)))

$(benches): $(BUILD)/bench/%: bench/%.c $(wildcard bench/*.h) w2v.h $(BUILD)/bench/machine.o | $(BUILD)/stb.mk
	@mkdir -p $(@D)
	$(CC) $(ALL_FLAGS) -DBENCH_FLAGS='"$(strip $(flags_$(config)) $(CFLAGS))"' $(bench_flags) $< -x none $(BUILD)/bench/machine.o $(bench_objects) -o $@ $(LIBS) $(bench_libs)

# These use the interface alone; ranks has an mpi.h of its own.
of_object := $(patsubst %,$(BUILD)/bench/%,quality models rows files queries)
$(of_object) $(BUILD)/bench/ranks: $(BUILD)/w2v.o
$(of_object) $(BUILD)/bench/ranks: bench_objects = $(BUILD)/w2v.o
$(of_object): bench_flags = $(of_interface)
$(BUILD)/bench/threads: bench_flags = $(best)
$(BUILD)/bench/ranks: examples/mpi.c bench/simulated/mpi.h
$(BUILD)/bench/ranks: bench_flags = $(of_interface) -Ibench/simulated

# The kernels are compared with their own code without SIMD, with plain loops, and with OpenBLAS if it is installed.
$(BUILD)/bench/speed: $(BUILD)/bench/scalar.o $(BUILD)/bench/plain.o tests/backends.h
$(BUILD)/bench/speed: bench_objects = $(BUILD)/bench/scalar.o $(BUILD)/bench/plain.o
$(BUILD)/bench/speed $(BUILD)/bench/queries: bench_flags += $(if $(blas),-DBENCH_BLAS)
$(BUILD)/bench/speed $(BUILD)/bench/queries: bench_libs = $(blas)
blas = $(shell printf '\043include <cblas.h>\nint main(void) { openblas_set_num_threads(1); return (int)cblas_sdot(0, 0, 1, 0, 1); }\n' | \
    $(CC) -x c - -o $(BUILD)/bench/blas.probe -lopenblas 2>/dev/null && echo -lopenblas)

$(patsubst %,$(BUILD)/bench/%.o,scalar plain machine): $(BUILD)/bench/%.o: bench/%.c bench/bench.h bench/ops.h w2v.h | $(BUILD)/stb.mk
	@mkdir -p $(@D)
	$(CC) $(if $(filter cxx,$(config)),-x c++ -std=c++11,-std=c99) -Wall -Wextra -I. $(STB_FLAGS) $(CFLAGS) $(flags_bench_$*) -c $< -o $@
flags_bench_scalar := -O3 -UW2V_SIMD -DW2V_SIMD=W2V_SIMD_SCALAR
flags_bench_plain  := -O3 $(native) -ffast-math
flags_bench_machine := $(if $(filter release native,$(config)),-O2 $(native),$(filter-out -x c++ -std=c++11,$(flags_$(config))))

# Defines STB_FLAGS, the option with which the compiler finds stb_ds.h. The script downloads the file if necessary.
$(BUILD)/stb.mk: tests/find_stb.sh
	@mkdir -p $(BUILD)
	@sh tests/find_stb.sh "$(CC)" build/stb $@
ifneq ($(filter-out clean install-header,$(or $(MAKECMDGOALS),all)),)
include $(BUILD)/stb.mk
endif

.PHONY: $(results) $(scripts) all single mpi page coverage analysis fuzz test-page demo experiments matrix mutants proof faults print-run print-alone print-checked test test-header bench bench-peers bench-quality bench-threads \
    bench-ranks bench-models bench-count bench-queries bench-files bench-rows bench-compile bench-builds lib install install-header clean
.DELETE_ON_ERROR:
