#!/usr/bin/env bash
# A bounded part of the simulator for tools/test: the seeds of past bugs, 1.8 million seeds that nobody
# has seen, determinism, some of the planted bugs. `N passed, N failed`. The rest: tools/simulate --help.
#
#     tests/simulator/run.sh BUILD_DIR
set -u
cd "$(dirname "$0")/../.."
simulator=$1/simulator
passed=0 failed=0

step() {  # NAME COMMAND…
  local name=$1
  shift
  if "$@"; then passed=$((passed + 1)); else
    failed=$((failed + 1))
    echo "FAIL $name: $*"
  fi
}

step "the seeds of past bugs" "$simulator" --past tests/simulator/past_seeds.txt
while read -r profile seeds same; do
  step "fresh seeds, $profile" "$simulator" --profile "$profile" --seeds "$seeds" --quiet
  step "a seed is the same life twice, $profile" \
    "$simulator" --profile "$profile" --seeds "$same" --twice --quiet
done <<'END'
plain       1000000 20000
half-close   250000 10000
hostile      250000 10000
deflate      200000  5000
liveness      40000   500
herd          60000  1000
END
step "the last seed there is" "$simulator" --seed 18446744073709551615 --seeds 1 --quiet
step "every bug can be planted, and every check was seen to fire" \
  python3 tests/simulator/planted.py --check
step "planted bugs are caught" python3 tests/simulator/planted.py \
  half-close-cuts-the-flush no-linger-after-answering kept-input-is-lost late-messages-are-dropped \
  two-closes context-is-forgotten \
  refused-messages-are-not-counted overflow-says-1011 what-was-thrown-is-not-told nobody-looks talker-is-reset \
  forgets-on-open no-chance-in-it retry-after-is-not-read 1008-comes-back no-ceiling \
  unsent-is-not-handed-back closed-comes-back two-at-a-time
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
