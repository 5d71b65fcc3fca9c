# The editor in a real window on a screen that nobody sees (Xvfb), and a person's hands (xdotool); sourced by the
# scripts that use them, with the program and, where screenshots are kept, a folder.
set -euo pipefail
program=$(readlink -f "$1")
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
shots=$(readlink -m "${2:-$work/shots}")
mkdir -p "$shots" "$work/home" "$work/show"

export HOME=$work/home XDG_CONFIG_HOME=$work/home/config XDG_STATE_HOME=$work/home/state GANYMEDE_ASSETS=$root/assets
export LC_ALL=C.UTF-8
unset WAYLAND_DISPLAY

fail() {
    echo "$(basename "$0"): $*" >&2
    import -window root "$shots/failed.png" 2>/dev/null || echo "$(basename "$0"): and no screenshot could be taken" >&2
    tail -n 5 "$work/log" >&2
    exit 1
}
editor=
screen=
clean() {
    [ -z "$editor" ] || kill -9 "$editor" 2>/dev/null || true
    [ -z "$screen" ] || kill "$screen" 2>/dev/null || true
    rm -rf "$work"
}
trap clean EXIT

# The server says on which display it is.
mkfifo "$work/display"
Xvfb -displayfd 3 -screen 0 1600x1000x24 -nolisten tcp -noreset 3>"$work/display" 2>/dev/null &
screen=$!
DISPLAY=:$(head -n 1 "$work/display")
export DISPLAY

within() { # seconds, command...: until it succeeds
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        [ $SECONDS -lt $end ] || return 1
        sleep 0.2
    done
}
differing() { # two pictures of one size: how many pixels differ
    compare -metric AE "$1" "$2" null: 2>&1 | awk '{printf "%d\n", $1}' # a million is said as 1e+06
}
begin() { # arguments
    "$program" --gpu software --scale 1 "$@" >"$work/log" 2>&1 &
    editor=$!
    within 30 xdotool search --onlyvisible --name ' – Ganymede' >/dev/null 2>&1 || fail "no window came within 30 s"
    window=$(xdotool search --onlyvisible --name ' – Ganymede' | head -n 1)
    xdotool windowfocus "$window" 2>/dev/null || true
}
key() { xdotool key --delay 60 "$@"; sleep 0.5; }  # several frames, on a slow machine too
words() { xdotool type --delay 30 "$1"; sleep 0.3; }
ends() { # the program ends by itself, well
    within 20 sh -c "! kill -0 $editor 2>/dev/null" || fail "the editor did not end"
    wait "$editor" || fail "the editor ended with $?"
    editor=
}
