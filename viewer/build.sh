#!/usr/bin/env bash
# Bundles the viewer and three.js into one file, with three's licence at its head. Needs node and npm.
set -euo pipefail
cd "$(dirname "$0")"
npm install --no-package-lock --no-audit --no-fund --silent
version=$(node -p "JSON.parse(fs.readFileSync('node_modules/three/package.json')).version")
out=../jaxrl/watch/viewer.js
npx esbuild src/main.js --bundle --minify --format=iife --target=es2022 --legal-comments=none --outfile="$out.new"
{
  echo "/*! Built by viewer/build.sh from viewer/src and three.js $version."
  sed 's/\*\//* \//' node_modules/three/LICENSE
  echo "*/"
  cat "$out.new"
} > "$out"
rm "$out.new"
