#!/usr/bin/env bash
# A bounded part of the simulator for tools/test: the seeds of past bugs, seeds that nobody has seen,
# determinism, a handful of planted bugs. `N passed, N failed`. The rest: tools/simulate --help.
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
for profile in plain half-close hostile; do
  step "fresh seeds, $profile" "$simulator" --profile $profile --minutes 0.2 --quiet
done
step "a seed is the same life twice" "$simulator" --seed 1 --seeds 50000 --twice --quiet
step "every bug can still be planted" python3 tests/simulator/planted.py --check
step "planted bugs are caught" python3 tests/simulator/planted.py \
  half-close-cuts-the-flush no-linger-after-answering kept-input-is-lost late-messages-are-dropped \
  two-closes
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
