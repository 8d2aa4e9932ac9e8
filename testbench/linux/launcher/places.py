"""Where everything of `vp linux` is."""
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[3]
HERE = ROOT / "testbench/linux"
BUILD = ROOT / "build/linux"  # kept between runs
PROGRAM = ROOT / "build/release/smmu-vp"
ADDRESS_MAP = ROOT / "examples/config/qemu_virt.toml"
CLIENT = ROOT / "testbench/api/python"
