# GNU make. `make` builds, `make check` tests, `make help` tells the rest.

PREFIX   ?= /usr/local
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
LIBS      = -lconfig -luv -ldl -lpthread
core      = $(patsubst %.c,$B/%.o,$(wildcard core/*/*.c))
modules   = $(patsubst %.c,$B/%.so,$(wildcard modules/*.c))
units     = $(patsubst %.c,$B/%,$(wildcard tests/unit/test_*.c))
fuzzers   = $(patsubst %.c,$B/%,$(wildcard tests/fuzz/fuzz_*.c))

all: $B/verbena $(modules)

$B/verbena: $B/core/main.o $(core)
	$(CC) $(LDFLAGS) -o $@ $^ $(LIBS)

# A module links against nothing of ours: the core hands it what it needs.
$B/modules/%.so: $B/modules/%.o
	$(CC) $(LDFLAGS) -shared -Wl,-z,defs -Wl,-z,relro,-z,now -o $@ $<

# A test of a core file uses the core; one of a module, test_module_NAME, uses
# the fake core and that module.
$B/tests/unit/test_module_%: $B/tests/unit/test_module_%.o \
    $B/tests/unit/fake.o $B/modules/%.o
	$(CC) $(LDFLAGS) -o $@ $^ -lcmocka

$B/tests/unit/test_%: $B/tests/unit/test_%.o $(core)
	$(CC) $(LDFLAGS) -o $@ $^ $(LIBS) -lcmocka

$B/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL) -c -o $@ $<

clean:                    ## remove what was built
	rm -rf build

help:                     ## this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile

.PHONY: all clean help
.SECONDARY:
-include $(shell find $B -name '*.d' 2>/dev/null)
