# GNU make. `make` builds, `make check` tests, `make help` tells the rest.

PREFIX   ?= /usr/local
ETC      ?= $(if $(filter /usr,$(PREFIX)),/etc,$(PREFIX)/etc)/verbena
CC       ?= cc
CFLAGS   ?= -O2 -g
WARNINGS  = -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes \
            -Wmissing-prototypes -Wpointer-arith -Wcast-qual -Wconversion \
            -Wwrite-strings -Wvla -Wswitch-enum -Wformat=2 -Werror
CPPFLAGS += -Iinclude -I. -D_DEFAULT_SOURCE -D_POSIX_C_SOURCE=200809L
HARDEN    = -fstack-protector-strong
ALL       = -std=c17 $(WARNINGS) -fPIC -fvisibility=hidden $(HARDEN) \
            $(CPPFLAGS) $(CFLAGS) -MMD -MP

B         = build
LIBS      = -lconfig -luv -lcares -ldl -lpthread
core      = $(patsubst %.c,$B/%.o,$(wildcard core/*/*.c))
modules   = $(patsubst %.c,$B/%.so,$(wildcard modules/*.c))
units     = $(patsubst %.c,$B/%,$(wildcard tests/unit/test_*.c))
dialogues = $B/tests/dialogue/run
tools     = $(patsubst %.c,$B/%,$(wildcard tests/bench/*.c))
driver    = $B/tests/server/drive
fuzzers   = $(patsubst %.c,$B/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))
sources   = $(wildcard core/*.c core/*/*.c modules/*.c tests/*/*.c \
              tests/*/*/*.c)
headers   = $(wildcard include/*/*.h core/*/*.h modules/*.h modules/*/*.h \
              tests/*/*.h tests/*/*/*.h)

# Libraries that a module alone needs, and its tests.
gmime     = $(shell pkg-config --cflags-only-I gmime-3.0 2>/dev/null)
gmime_l   = $(shell pkg-config --libs gmime-3.0 2>/dev/null)
libs_vtty = $(gmime_l)
libs_tty  = $(gmime_l) -lsystemd
with_gmime = modules/tty modules/vtty tests/unit/test_module_tty \
            tests/unit/test_module_vtty
$(with_gmime:%=$B/%.o): CPPFLAGS += $(gmime:-I%=-isystem%)

# Says what it makes, a line for each file; `make V=1` shows the commands.
Q = $(if $(V),,@printf '%-5s %s\n' $1 $@;)

all: $B/verbena $(modules)

$B/verbena: $B/core/main.o $(core)
	$(call Q,LINK)$(CC) $(LDFLAGS) -o $@ $^ $(LIBS)

# Where PREFIX changes, so does what is compiled in.
$B/sysconfdir: packages
	@mkdir -p $B
	@echo '$(ETC)' | cmp -s - $@ || echo '$(ETC)' >$@
$B/core/command/command.o: $B/sysconfdir
$B/core/command/command.o: CPPFLAGS += -DVERBENA_SYSCONFDIR='"$(ETC)"'

# A module links against nothing of ours: the core hands it what it needs.
$B/modules/%.so: $B/modules/%.o
	$(call Q,LINK)$(CC) $(LDFLAGS) -shared -Wl,-z,defs -Wl,-z,relro,-z,now -o $@ $< \
	    $(libs_$*)
	@chmod go-w $@

# A test of a core file uses the core; one of a module, test_module_NAME or
# test_module_NAME_MORE, uses the fake core and that module.
.SECONDEXPANSION:
$(filter $B/tests/unit/test_module_%,$(units)): $B/tests/unit/test_module_%: \
    $B/tests/unit/test_module_%.o $B/tests/unit/fake.o \
    $B/modules/$$(firstword $$(subst _, ,$$*)).o
	$(call Q,LINK)$(CC) $(LDFLAGS) -o $@ $^ \
	    $(libs_$(firstword $(subst _, ,$*))) -lcmocka

$B/tests/unit/test_%: $B/tests/unit/test_%.o $(core)
	$(call Q,LINK)$(CC) $(LDFLAGS) -o $@ $^ $(LIBS) -lcmocka

# Toy modules, good and bad, that tests load, as they do real ones. No one else
# may write a module, whatever the umask.
toys      = $(patsubst %.c,$B/%.so,$(wildcard tests/unit/modules/*.c))
$B/tests/unit/modules/%.so: $B/tests/unit/modules/%.o
	$(call Q,LINK)$(CC) $(LDFLAGS) -shared -o $@ $<
	@chmod go-w $@
$(units): | $(toys) $(modules)

$(dialogues): $(patsubst %.c,$B/%.o,$(wildcard tests/dialogue/*.c)) \
    $(filter $B/core/base/%,$(core))
	$(call Q,LINK)$(CC) $(LDFLAGS) -o $@ $^ -lcmocka

$(tools): $B/tests/bench/%: $B/tests/bench/%.o
	$(call Q,LINK)$(CC) $(LDFLAGS) -o $@ $^ -lpthread
# Lets tests of the server send mail by hand.
$(driver): $B/tests/server/drive.o $(core)
	$(call Q,LINK)$(CC) $(LDFLAGS) -o $@ $^ $(LIBS)

$B/%.o: %.c | packages
	@mkdir -p $(@D)
	$(call Q,CC)$(CC) $(ALL) -c -o $@ $<

# Fuzz targets, and the core under them, are clang's, with its sanitizers.
SANITIZE  = -fsanitize=address,undefined -fno-sanitize-recover=all
$B/fuzz/%.o: %.c | packages
	@mkdir -p $(@D)
	$(call Q,CLANG)clang $(ALL) -fsanitize=fuzzer-no-link $(SANITIZE) -c -o $@ $<

$B/fuzz/tests/fuzz/%: $B/fuzz/tests/fuzz/%.o $(core:$B/%=$B/fuzz/%)
	$(call Q,LINK)clang -fsanitize=fuzzer $(SANITIZE) -o $@ $^ $(LIBS)

# What has to be installed: `make run` and `make check` do it, others tell.
packages:
	@tests/packages $(if $(filter run check,$(MAKECMDGOALS)),install,tell) \
	    build $(if $(filter-out all run install,$(MAKECMDGOALS)),check)

run: all                  ## serve conf/lab.conf on 127.0.0.1:2525 and :2582
	@mkdir -p var/mail
	@test $$(id -u) != 0 || \
	    chown $$(id -nu verbena 2>/dev/null || echo nobody) var/mail
	@exec $B/verbena -c conf/lab.conf run

check: all units dialogues server corpora peers crashes ## build and run every test

units: $(units)           ## the tests of single files
	@for t in $^; do $$t || exit 1; done

dialogues: all $(dialogues) ## the transcripts, against a live server
	@$(dialogues) $B

server: all $(driver)     ## processes, limits, bad modules, on live servers
	@python3 tests/server/run.py $B

corpora: $(fuzzers)       ## what fuzzing has found so far, once each
	@for t in $^; do tests/fuzz/once $$t || exit 1; done

peers: all                ## other people's programs, against a live server
	@python3 tests/peers/run.py $B

crashes: all              ## kills, power cuts, faults: some of each
	@python3 tests/crash/kill.py $B --rounds 8
	@python3 tests/crash/turn.py $B --rounds 6
	@python3 tests/crash/powercut.py $B --cuts 1
	@python3 tests/crash/order.py $B
	@python3 tests/crash/faults.py $B --short

crash: all                ## the same, for an hour, as root
	@python3 tests/crash/kill.py $B --rounds 500
	@python3 tests/crash/turn.py $B --rounds 200
	@python3 tests/crash/powercut.py $B --cuts 100
	@python3 tests/crash/order.py $B
	@python3 tests/crash/faults.py $B

asan:                     ## the same, under the sanitizers
	$(MAKE) B=build/asan LDFLAGS='$(SANITIZE)' \
	    CFLAGS='-O1 -g -fno-omit-frame-pointer $(SANITIZE)' units dialogues server

fuzz: $(fuzzers)          ## fuzz each parser for TIME=600 seconds
	@for t in $^; do tests/fuzz/more $$t $(or $(TIME),600) || exit 1; done

bench: all $(tools)       ## the rates, beside other servers and the disk
	@python3 tests/bench/bench.py $B

tidy:                     ## clang-tidy, and nothing but silence
	@tests/packages tell build check tidy
	@printf '%s\n' $(sources) | xargs -P $(shell nproc) -n 8 \
	    sh -c 'clang-tidy --quiet "$$@" -- $(CPPFLAGS) $(gmime) -std=c17 2>/dev/null' -

format:                   ## let clang-format have the last word
	@clang-format -i $(sources) $(headers)

floors:                   ## no file may include one of a floor above it
	@tests/floors

install: all              ## into PREFIX, below DESTDIR
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(ETC) \
	    $(DESTDIR)$(PREFIX)/lib/verbena/modules \
	    $(DESTDIR)$(PREFIX)/include/verbena
	install -m 755 $B/verbena $(DESTDIR)$(PREFIX)/bin
	install -m 644 $(modules) $(DESTDIR)$(PREFIX)/lib/verbena/modules
	install -m 644 include/verbena/*.h $(DESTDIR)$(PREFIX)/include/verbena
	test -e $(DESTDIR)$(ETC)/verbena.conf || \
	    sed 's,/usr/local/lib/verbena,$(PREFIX)/lib/verbena,' \
	    conf/verbena.conf >$(DESTDIR)$(ETC)/verbena.conf
	for page in $(wildcard core/*.[158] core/*/*.[158] modules/*.[1357] \
	    conf/*.[58]); do install -D -m 644 $$page \
	    $(DESTDIR)$(PREFIX)/share/man/man$${page##*.}/$${page##*/} || \
	    exit 1; done
	for unit in $(wildcard conf/*.service); do install -D -m 644 $$unit \
	    $(DESTDIR)$(PREFIX)/lib/systemd/system/$${unit##*/} || exit 1; done

clean:                    ## remove what was built
	rm -rf build

help:                     ## this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile

.PHONY: all packages run check units dialogues server corpora peers crashes \
    crash asan fuzz bench tidy format floors install clean help
.SECONDARY:
-include $(wildcard $B/*/*.d $B/*/*/*.d $B/*/*/*/*.d)
