# Sourced by the scripts that `private` runs: a PostgreSQL installation and servers below SYDRA_WORK.

set -euo pipefail

: "${SYDRA_WORK:?run this through make, or through regress/lib/private}"

if [ -z "$SYDRA_PG_CONFIG" ]; then
	SYDRA_PG_CONFIG=/usr/lib/postgresql/15/bin/pg_config
	[ -x "$SYDRA_PG_CONFIG" ] || SYDRA_PG_CONFIG=pg_config
fi

# PostgreSQL finds its files relative to its program, so a copy that keeps their places installs
# and runs by itself and the system's installation stays as it is.
server_root=$SYDRA_WORK/root
server_bin=$server_root$("$SYDRA_PG_CONFIG" --bindir)
export PG_CONFIG=$server_bin/pg_config

if [ ! -d "$server_root" ]; then
	for folder in --bindir --pkglibdir --sharedir; do
		folder=$("$SYDRA_PG_CONFIG" "$folder")
		mkdir -p "$server_root$folder"
		cp -rL "$folder/." "$server_root$folder/"
	done
	ln -s /usr/include "$server_root/usr/include"
fi

# server_install MAKE-ARGUMENT...: builds this tree and installs it there; no warning is let pass.
server_install()
{
	make -s -j2 -f Makefile WERROR=-Werror "$@" all
	make -s -f Makefile WERROR=-Werror "$@" install
}

# server_wrap WORD...: servers started from here on run behind these words, and with what
# server_arguments says; initdb's do not.
server_arguments=
server_wrap()
{
	local postgres=$server_bin/postgres

	mv "$postgres" "$postgres.real"
	{
		echo '#!/bin/bash'
		echo 'case "$1 ${2-}" in "--single -D") ;; --*|-V*) exec "$0.real" "$@" ;; esac'
		# What goes before is set, not run, where that can be: pg_ctl restarts what the server says that it is.
		if [ "$1" = env ]; then
			echo 'preloaded=${LD_PRELOAD-}'
			printf 'export'
			printf ' %q' "${@:2}"
			printf '\nLD_PRELOAD="$LD_PRELOAD $preloaded"\nexec -a "$0"'
		else
			printf 'exec'
			printf ' %q' "$@"
		fi
		echo ' "$0.real" "$@"' "$server_arguments"
	} >"$postgres"
	chmod +x "$postgres"
}

# server_start NAME [SETTING...]: makes and starts a server, and points libpq's variables at it.
server_start()
{
	local name=$1 data=$SYDRA_WORK/$1

	shift
	"$server_bin/initdb" -D "$data" -U postgres -A trust -N --no-locale -E UTF8 >"$data.initdb"
	{
		echo "listen_addresses = ''"
		echo "unix_socket_directories = '$SYDRA_WORK'"
		echo "fsync = off"
		printf '%s\n' "$@"
	} >>"$data/postgresql.conf"
	"$server_bin/pg_ctl" -s -w -D "$data" -l "$data.log" start
	trap "server_stop $name" EXIT
	export PGHOST=$SYDRA_WORK PGUSER=postgres PGDATABASE=postgres
	export PATH=$server_bin:$PATH
}

server_stop()
{
	local data=$SYDRA_WORK/$1

	[ ! -f "$data/postmaster.pid" ] || "$server_bin/pg_ctl" -s -w -D "$data" -m "${stop_mode:-immediate}" stop
}
