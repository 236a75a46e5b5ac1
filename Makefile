EXTENSION  = sydraql
MODULE_big = $(EXTENSION)
DATA       = $(wildcard sql/$(EXTENSION)--*.sql)
DOCS      := $(wildcard doc/*.md)

# Lowest first: a folder includes only itself and the folders before it.
LAYERS = base codec vector series store am lang function rollup analyze plan optimize engine planner worker api

OBJS = $(patsubst %.c,%.o,$(sort $(wildcard src/*.c $(LAYERS:%=src/%/*.c)))) $(EXTRA_OBJS)

# Set to -Werror by the builds of the tests alone: a compiler that warns of more than ours installs too.
WERROR =

# Hidden by default: the server loads libraries with RTLD_GLOBAL, where equal
# names in two extensions would bind to each other.
PG_CPPFLAGS = -I$(srcdir)/src -DPGDLLEXPORT='__attribute__((visibility("default")))'
PG_CFLAGS   = -fvisibility=hidden -O3 $(WERROR)
SHLIB_LINK  = -lpcre2-8 -llz4 -lzstd

# Inputs under regress/, answers in expected/: the server's own pg_regress looks
# for answers in the output directory first, and that is this one.
REGRESS        = $(patsubst regress/sql/%.sql,%,$(sort $(wildcard regress/sql/*.sql)))
REGRESS_OPTS   = --inputdir=regress --load-extension=$(EXTENSION)
ISOLATION      = $(patsubst regress/specs/%.spec,%,$(sort $(wildcard regress/specs/*.spec)))
ISOLATION_OPTS = --inputdir=regress --outputdir=. --load-extension=$(EXTENSION)
TAP_TESTS      = 1
PROVE_TESTS    = regress/t/*.pl
ENCODING       = UTF8
NO_LOCALE      = 1

EXTRA_CLEAN = regress/unit/bin

PG_CONFIG ?= pg_config
PGXS := $(shell $(PG_CONFIG) --pgxs)
include $(PGXS)

# Debian builds the server without --enable-depend: rebuild all on a header.
$(OBJS) $(OBJS:.o=.bc): $(wildcard src/*.h src/*/*.h)

# pg_regress would also prefer sql/NAME.sql to regress/sql/NAME.sql.
ifneq (,$(wildcard $(REGRESS:%=sql/%.sql)))
$(error rename $(wildcard $(REGRESS:%=sql/%.sql)): it hides a test of that name)
endif

.PHONY: layers headers uninstall-nested

# PGXS uninstalls documents by the path they were built at; ours are nested.
uninstall: uninstall-nested
uninstall-nested:
	rm -f $(addprefix '$(DESTDIR)$(docdir)/$(docmoduledir)'/,$(notdir $(DOCS)))

# Each header compiles right after postgres.h; those of the pure folders without it too.
headers:
	@for header in $$(find src -name '*.h' | sort); do \
	  for first in postgres.h stddef.h; do \
	    case $$first:$$header in \
	      postgres.h:*|*:src/codec/*|*:src/lang/*|*:src/base/error_name.h|*:src/base/duration.h) ;; \
	      *) continue;; \
	    esac; \
	    printf '#include "%s"\n#include "%s"\n' $$first $${header#src/} | \
	      $(CC) $(CFLAGS) -Werror $(CPPFLAGS) -fsyntax-only -x c - || exit 1; \
	  done; \
	done

layers:
	@below=; for layer in $(LAYERS); do below="$$below $$layer"; \
	  for file in $$(ls src/$$layer/*.[ch] 2>/dev/null); do \
	    sed -n 's,^#include "\([a-z]*\)/.*,\1,p' $$file | sort -u | while read -r used; do \
	      case " $(LAYERS) " in *" $$used "*) ;; *) continue; esac; \
	      case "$$below " in *" $$used "*) ;; *) echo "$$file reaches up into $$used/"; esac; \
	    done; \
	  done; \
	done | { ! grep .; }
