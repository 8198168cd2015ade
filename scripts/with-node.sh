#!/bin/sh
# Runs a command of this project with a Node that is new enough and with its dependencies in place.
# Only Node >= 20, npm and the npm registry are needed: where `node` is older than the product asks for,
# a newer one comes from npm into .toolchain/ (nothing outside this folder is touched).
set -eu
cd "$(dirname "$0")/.."
node_version=24.21.0

new_enough() {
  node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 22 || (a === 22 && b >= 20) ? 0 : 1)'
}

if ! new_enough; then
  package="node-$(node -p 'process.platform + "-" + process.arch')"
  bin="$PWD/.toolchain/node_modules/$package/bin"
  if [ "$("$bin/node" -v 2>/dev/null || true)" != "v$node_version" ]; then
    echo "windlass: Node $(node -v) is too old, fetching Node $node_version from npm into .toolchain/ (once)" >&2
    npm install --prefix .toolchain --no-save --no-package-lock --no-audit --no-fund --loglevel=error "$package@$node_version" >&2
  fi
  PATH="$bin:$PATH"
  export PATH
  new_enough || { echo "windlass: could not get Node >= 22.20 from npm; install it yourself and try again" >&2; exit 1; }
fi

if ! cmp -s package-lock.json node_modules/.windlass-lock; then
  echo "windlass: installing the dependencies named in package-lock.json (npm ci)" >&2
  npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2
  cp package-lock.json node_modules/.windlass-lock
fi

PATH="$PWD/node_modules/.bin:$PATH"
export PATH
exec "$@"
