# What tools/demo and tools/test share: the packages, how they are installed, how it is built.
# Sourced by both, from the root of the repository. All that it says goes to stderr.

# A package of Debian 12, and what shows that it need not be installed: a program, a header, or a
# library to link. Boost is apart: its packages have the version in their names.
packages_to_build="
  g++                 program c++
  cmake               program cmake
  ninja-build         program ninja
  pkg-config          program pkg-config
  libssl-dev          header openssl/sha.h
  zlib1g-dev          header zlib.h
  libdeflate-dev      header libdeflate.h
  libisal-dev         header isa-l/igzip_lib.h
  libcli11-dev        header CLI/CLI.hpp
  libfmt-dev          header fmt/format.h
  nlohmann-json3-dev  header nlohmann/json.hpp
"
packages_to_test="
  libgtest-dev        header gtest/gtest.h
  openssl             program openssl
  python3             program /usr/bin/python3
"
# Without these there are tests all the same: what cannot be installed is skipped, with its reason.
packages_for_peers="
  python3-websockets  module websockets
  python3-tornado     module tornado
  nodejs              program node
  npm                 program npm
  chromium            program chromium
  libwebsockets-dev   header libwebsockets.h
  nftables            program /usr/sbin/nft
  iproute2            program /sbin/ip
"
packages_for_threads="
  clang               program clang++
  libclang-rt-dev     sanitizer thread
"
node_version=20  # what tests/peers needs; Debian 12 has 18
known_compiler=12  # the g++ that must be silent: with it warnings are errors

jobs=$(nproc)
build_dir=build
preset=  # of CMakePresets.json; empty: none

say() { echo "${0##*/}: $*" >&2; }
die() { say "$*"; exit 1; }

preprocesses() { c++ -std=c++20 -E -x c++ - >/dev/null 2>&1; }

is_there() {  # KIND WHAT
  case $1 in
    program) command -v "$2" >/dev/null ;;
    header) echo "#include <$2>" | preprocesses ;;
    sanitizer) echo 'int main() {}' | clang++ -fsanitize="$2" -x c++ - -o /dev/null 2>/dev/null ;;
    module) /usr/bin/python3 -c "import $2" 2>/dev/null ;;
  esac
}

boost_is_there() {
  printf '%s\n' '#include <boost/version.hpp>' '#if BOOST_VERSION < 108100' '#error' '#endif' \
    '#include <boost/url.hpp>' '#include <boost/asio/any_completion_handler.hpp>' | preprocesses &&
    echo 'int main() {}' | c++ -x c++ - -lboost_url -o /dev/null 2>/dev/null
}

# In Debian 12 libboost-dev is 1.74, too old; 1.81 is beside it under its own name. Debian 13 has
# 1.83 and 1.88.
boost_packages() {
  local version
  for version in 1.81 1.83 1.88; do
    # Of a name that only other packages mention it shows nothing, and calls that a success.
    if [ -n "$(apt-cache show "libboost-url$version-dev" 2>/dev/null)" ]; then
      echo "libboost$version-dev libboost-url$version-dev"
      return
    fi
  done
  die "apt knows no Boost of 1.81 or later; install one and run this again"
}

missing_of() {  # LIST: the packages of it that are not there
  local package kind what
  while read -r package kind what; do
    [ -z "$package" ] || is_there "$kind" "$what" || echo "$package"
  done <<<"$1"
}

apt_install() {
  local root=()
  command -v apt-get >/dev/null || die "no apt-get here; please install what these stand for: $*"
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || die "please run as root: apt-get install $*"
    root=(sudo)
  fi
  say "installing: $*"
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-remove \
    --no-install-recommends "$@" >&2 || die "apt-get could not install: $*"
}

apt_update_once() {
  [ -z "${apt_is_updated-}" ] && command -v apt-get >/dev/null || return 0
  apt_is_updated=1
  if [ "$(id -u)" = 0 ]; then apt-get update -q >&2
  elif command -v sudo >/dev/null; then sudo apt-get update -q >&2
  fi || say "apt-get update failed; going on with what apt knows"
}

install_missing() {  # LIST
  local missing
  missing=$(missing_of "$1")
  [ -z "$missing" ] && return
  apt_update_once
  # shellcheck disable=SC2086  # one word each
  apt_install $missing
}

# As install_missing, but goes on without those that cannot be had: their cases are skipped.
install_what_can_be() {  # LIST
  local missing package
  missing=$(missing_of "$1")
  [ -z "$missing" ] && return
  apt_update_once
  # shellcheck disable=SC2086  # one word each
  (apt_install $missing) && return
  for package in $missing; do
    (apt_install "$package") || say "going on without $package: what needs it is skipped"
  done
}

install_to_build() {
  install_missing "$packages_to_build"
  boost_is_there && return
  apt_update_once
  # shellcheck disable=SC2046
  apt_install $(boost_packages)
  boost_is_there || die "Boost is installed but does not compile; is an older one in the way?"
}

node_is_enough() {
  [ "$(node -p 'process.versions.node.split(".")[0]' 2>/dev/null || echo 0)" -ge "$node_version" ]
}

# What a package manager says last is why. Its registry may be out of reach, or behind a certificate
# that it does not believe.
npm_installs() {  # WHAT ARGUMENT…
  local what=$1 said
  shift
  command -v npm >/dev/null || { say "there is no npm: $what is not installed"; return 1; }
  said=$(npm "$@" --no-audit --no-fund --loglevel=error 2>&1) && return
  say "npm could not install $what: $(echo "$said" | grep -m 2 -E 'code|reason|rror' | tr '\n' ' ')"
  return 1
}

# The peers' own packages, and a newer Node.js if the system's is too old, below build/. What cannot
# be had is said; the cases that need it are skipped and counted.
install_peers() {
  local own_node=$PWD/$build_dir/node
  if ! node_is_enough; then
    PATH=$own_node/node_modules/node/bin:$PATH
    export PATH
    if ! node_is_enough; then
      say "installing: node $node_version (npm, into $build_dir/node)"
      npm_installs "node $node_version" install --prefix "$own_node" "node@$node_version" || return 0
    fi
  fi
  if ! [ tests/peers/node_modules/.package-lock.json -nt tests/peers/package-lock.json ]; then
    say "installing: the packages of tests/peers (npm ci)"
    (cd tests/peers && npm_installs "the packages of tests/peers" ci) || return 0
    touch tests/peers/node_modules/.package-lock.json
  fi
}

# Debian's nginx and HAProxy as programs below build/: installed, they would start services. Without
# apt the tests do without them, and say so.
unpack_proxies() {
  unpack nginx/usr/sbin/nginx nginx
  # HAProxy finds these libraries by LD_LIBRARY_PATH.
  unpack haproxy/usr/sbin/haproxy haproxy liblua5.3-0 libopentracing-c-wrapper0 libopentracing1
}

unpack() {  # PROGRAM PACKAGE…: into the folder that PROGRAM's path begins with
  local program=$1 to=$PWD/$build_dir/${1%%/*}
  shift
  [ -e "$PWD/$build_dir/$program" ] && return
  command -v apt-get >/dev/null && command -v dpkg >/dev/null || return 0
  apt_update_once
  rm -rf "$to"
  mkdir -p "$to"
  say "unpacking: $* (into $to)"
  (cd "$to" && apt-get download -q "$@" >/dev/null 2>&1 &&
    for package in *.deb; do dpkg -x "$package" . && rm "$package"; done) ||
    { rm -rf "$to"; say "apt-get could not download: $*"; }
}

# The library as it is released, but with its asserts; all else compiled quickly. Or a preset, in its
# folder.
configure() {
  local options=(-DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_FLAGS_RELEASE=-O1) warnings_are_errors=OFF
  case $(c++ -dumpversion) in "$known_compiler"*) warnings_are_errors=ON ;; esac
  # A sanitizer's code has the compiler warn of what is not there.
  [ -z "$preset" ] || options=(--preset "$preset") warnings_are_errors=OFF
  options+=(-DADIEU_WERROR=$warnings_are_errors)
  if ! [ -e $build_dir/CMakeCache.txt ]; then
    options+=(-G Ninja)
    ! command -v ccache >/dev/null || options+=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
  fi
  cmake -S . -B $build_dir "${options[@]}" "$@" >$build_dir.log 2>&1 ||
    { cat $build_dir.log >&2; die "cmake failed"; }
  mv $build_dir.log $build_dir/configure.log
}
