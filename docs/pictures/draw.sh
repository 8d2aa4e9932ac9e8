#!/usr/bin/env bash
# Creates the README's pictures from a run: waves.png (GTKWave on a virtual display) and timeline.svg.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
for tool in gtkwave Xvfb import convert; do
  command -v "$tool" >/dev/null || {
    echo "docs/pictures/draw.sh: $tool is missing: apt-get install gtkwave xvfb imagemagick" >&2
    exit 2
  }
done
out="$(mktemp -d)"
display=":$((RANDOM % 900 + 100))"
Xvfb "$display" -screen 0 1600x1000x24 -nolisten tcp 2>/dev/null &
server=$!
trap 'kill "${viewer:-$server}" "$server" 2>/dev/null; rm -rf "$out"' EXIT

# With this seed there is room for the labels of both kill and quiesce.
"$here/../../vp" run sva_lifecycle --seed 5 --quiet --out "$out"
"$here/timeline.py" "$out" "$here/timeline.svg"

DISPLAY="$display" gtkwave "$out/waves.gtkw" >/dev/null 2>&1 &
viewer=$!
sleep 8  # until it has drawn the waves
# Crop to the waves and their names: the window frame shows a path.
DISPLAY="$display" import -window root "$out/waves.png"
convert "$out/waves.png" -crop 1420x884+180+116 +repage -trim +repage -colors 64 -strip "$here/waves.png"
