#!/bin/sh
# package.sh BUILD SCRATCH: makes the Debian package, installs it with dpkg into a separate root, and runs the installed program.
set -eu
build=$1 scratch=$2
rm -rf "$scratch"
mkdir -p "$scratch/deb" "$scratch/root/etc" "$scratch/root/var/lib/dpkg/info" "$scratch/root/var/lib/dpkg/updates"
: >"$scratch/root/var/lib/dpkg/status"
(cd "$build" && cpack -G DEB -B "$scratch/deb" >"$scratch/cpack.log" 2>&1) || { cat "$scratch/cpack.log"; exit 1; }
package=$(ls "$scratch"/deb/*.deb)
dpkg-deb -f "$package" Depends | grep -q libsystemc || { echo "the package does not depend on SystemC"; exit 1; }
# Its dependencies and its scripts' shell come from the host.
dpkg --root="$scratch/root" --log="$scratch/dpkg.log" --force-not-root --force-depends --force-bad-path --force-script-chrootless --no-triggers -i "$package" >"$scratch/install.log" 2>&1 ||
  { cat "$scratch/install.log"; exit 1; }
usr=$scratch/root/usr
ldconfig -p -C "$scratch/root/etc/ld.so.cache" | grep -q 'libsmmu_vp\.so\.0' || { echo "the loader does not know the library"; exit 1; }
LD_LIBRARY_PATH=$(dirname "$(find "$usr" -name libsmmu_vp.so.0)")
export LD_LIBRARY_PATH
"$usr/bin/smmu-vp" list scenarios >/dev/null
"$usr/bin/smmu-vp" run smoke --quiet --waves off --out "$scratch/out"
cc -std=c11 -I"$usr/include" -L"$LD_LIBRARY_PATH" -o "$scratch/bring_up" "$usr/share/smmu-vp/examples/c/bring_up.c" -lsmmu_vp
"$scratch/bring_up" >/dev/null
python3 "$usr/share/smmu-vp/examples/python/smmu_lab.py" >/dev/null
