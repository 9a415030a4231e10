# Runs a program for as long as the writer of standard input lives.
#
#   sh keep.sh OUTPUT ERRORS LAST FOLDER PROGRAM [ARGUMENT…]
#
# Each line of standard input names a signal that the program is sent, answered with an empty line once it was.
# When standard input ends, the program is sent LAST, and FOLDER (unless empty) is removed once it is gone.
# Exits as the program did. What KEEP_INPUT holds is the program's standard input.
# A test process that is killed runs no destructor, but the kernel closes its pipes: so nothing outlives it.
output=$1 errors=$2 last=$3 folder=$4
shift 4
input=$KEEP_INPUT
unset KEEP_INPUT
exec 3<&0 </dev/null
if [ -n "$input" ]; then
    printf '%s\n' "$input" 3<&- | "$@" >>"$output" 2>>"$errors" 3<&- &
else
    "$@" >>"$output" 2>>"$errors" 3<&- &
fi
program=$!
{
    while read -r signal <&3; do
        kill -s "$signal" "$program"
        echo
    done
    kill -s "$last" "$program"
} 2>/dev/null &
watcher=$!
exec >&-
wait "$program"
status=$?
kill "$watcher" 2>/dev/null
if [ -n "$folder" ]; then
    # A server that died early leaves its log until the tests are done.
    while read -r signal <&3; do :; done
    rm -rf "$folder"
fi
exit "$status"
