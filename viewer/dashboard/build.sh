#!/usr/bin/env bash
# Bundles the page's script and looks with uPlot into two files, with uPlot's licence at their heads. Needs node and npm.
set -euo pipefail
cd "$(dirname "$0")"
npm install --no-package-lock --no-audit --no-fund --silent
version=$(node -p "JSON.parse(fs.readFileSync('node_modules/uplot/package.json')).version")
out=../../jaxrl/dashboard
built=$(mktemp -d)
trap 'rm -rf "$built"' EXIT
npx esbuild src/dashboard.js --bundle --minify --format=iife --target=es2022 --legal-comments=none --outdir="$built"
for kind in js css; do
  {
    echo "/*! Built by viewer/dashboard/build.sh from viewer/dashboard/src and uPlot $version."
    sed 's/\*\//* \//' node_modules/uplot/LICENSE
    echo "*/"
    cat "$built/dashboard.$kind"
  } > "$out/dashboard.$kind"
done
