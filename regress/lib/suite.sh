# Sourced by the scripts that run suites: each prints what it counted, the script ends with the sum.
# A suite that reports nothing has failed.

. "$(dirname "${BASH_SOURCE[0]}")/server.sh"

passed=0
failed=0
skipped=()		# what was left out, with the reason

# suite NAME COUNTER COMMAND...: COUNTER prints "passed failed" from the command's output.
suite()
{
	local name=$1 counter=$2 log=$SYDRA_WORK/$1.log start=$EPOCHSECONDS status=0 good bad skips

	shift 2
	"$@" >"$log" 2>&1 || status=$?
	read -r good bad < <("$counter" "$log")
	if [ "$bad" -eq 0 ] && { [ "$status" -ne 0 ] || [ "$good" -eq 0 ]; }; then
		bad=1
	fi
	passed=$((passed + good))
	failed=$((failed + bad))
	mapfile -t skips < <(list_skipped "$name" "$log")
	skipped+=("${skips[@]}")
	echo "$name: $good passed, $bad failed ($((EPOCHSECONDS - start)) s)"
	if [ "$bad" -gt 0 ]; then
		tail -n 100 "$log"
		cp "$log" "$SYDRA_WORK/failed/"
	fi
}

# What TAP says was left out: a whole file, or single lines, which have not passed.
list_skipped()
{
	sed -nE -e "s/^(1\.\.0|ok [0-9]*.*) # skip(ped)?:? */$1: /Ip" "$2"
}

count_tap()
{
	awk 'tolower($0) ~ /^ok.* # skip/ { next } /^ok/ { good++ } /^not ok/ || /^Bail out/ || /^# Looks like your test exited/ { bad++ }
		END { print good + 0, bad + 0 }' "$1"
}

count_regress()
{
	# As 15 prints it, and as TAP.
	awk '/\.\.\. ok / || /^ok / { good++ } /\.\.\. FAILED/ || /^not ok / { bad++ }
		END { print good + 0, bad + 0 }' "$1"
}

# Each step prints its name when it went well.
step()
{
	local name=$1

	shift
	if "$@"; then
		echo "ok - $name"
	else
		echo "not ok - $name"
	fi
}

installcheck()
{
	make -s -f Makefile installcheck "$@"
}

keep_diffs()
{
	local file

	for file in regression.diffs tmp_check/log; do
		[ ! -e "$file" ] || cp -r "$file" "$SYDRA_WORK/failed/"
	done
}

# Two at a time, each in a database of its own.
fuzz_server()
{
	local name

	for name in queries lines catalog; do
		createdb "fuzz_$name"
	done
	printf '%s\n' queries lines catalog |
		xargs -P 2 -I NAME env PGDATABASE=fuzz_NAME perl regress/fuzz/server.pl NAME 10
}

# The suites that need a server.
server_suites()
{
	server_start server "max_worker_processes = 16" "max_prepared_transactions = 10"
	suite regress count_regress installcheck ISOLATION= TAP_TESTS=
	suite isolation count_regress installcheck REGRESS= TAP_TESTS=
	server_stop server
	server_start oracle "max_prepared_transactions = 10" "sydraql.auto_seal = off"
	suite oracle count_tap perl regress/oracle/oracle.pl 1 6
	suite data count_tap perl regress/oracle/real_data.pl "$SYDRA_WORK/data"
	suite reference count_tap perl regress/reference/reference.pl 1 4 300 "$SYDRA_WORK/data"
	suite examples count_tap perl regress/examples/examples.pl
	suite fuzz count_tap fuzz_server
	server_stop oracle
	suite tap count_tap installcheck REGRESS= ISOLATION= PROVE_FLAGS=-v ${tap_tests:+PROVE_TESTS="$tap_tests"}
}

# What was skipped, the sum, and how the script ends.
finish()
{
	[ "$failed" -eq 0 ] || keep_diffs
	if [ "${#skipped[@]}" -gt 0 ]; then
		echo "${#skipped[@]} skipped:"
		printf '  %s\n' "${skipped[@]}"
	fi
	echo "$passed passed, $failed failed"
	[ "$failed" -eq 0 ]
}
