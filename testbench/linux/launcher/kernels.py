"""Kernels: ours from Debian's source, Debian's own, or the user's."""
import dataclasses
import os
import pathlib
import zlib

from . import debian
from .places import BUILD, HERE
from .refusal import Refusal, say
from .tools import made, run, up_to_date

SOURCE = "linux-source-6.12"
CROSS = "aarch64-linux-gnu-"
FRAGMENT = HERE / "kernel/fragment.config"


@dataclasses.dataclass
class Kernel:
    name: str
    image: pathlib.Path
    build: pathlib.Path | None  # what modules are built against; None: no modules can be built


def find(choice):
    """The kernel for `--kernel`: None, 'stock', an image, or a source tree."""
    if choice is None:
        return _ours()
    if choice == "stock":
        return _stock()
    path = pathlib.Path(choice)
    if path.is_dir():
        return _tree(path.resolve())
    if path.is_file():
        return Kernel(path.name, _checked(path.resolve()), None)
    raise Refusal(f"--kernel {choice}: neither 'stock' nor an image nor a source tree")


def make(source, build, *targets):
    jobs = os.cpu_count()
    return ["make", "-s", "-C", source, f"O={build}", "ARCH=arm64", f"CROSS_COMPILE={CROSS}", f"-j{jobs}", *targets]


def _checked(image):
    """An uncompressed arm64 Image has a magic number at 56 (Documentation/arch/arm64/booting.rst)."""
    with open(image, "rb") as file:
        head = file.read(64)
    if head[56:60] != b"ARM\x64" and head[:2] != b"\x1f\x8b":
        raise Refusal(f"--kernel {image}: not an arm64 Image or Image.gz")
    return image


def _configured(source, build):
    config = build / ".config"
    if up_to_date(config, FRAGMENT, str(source)):
        return
    build.mkdir(parents=True, exist_ok=True)
    run([*make(source, build), f"KCONFIG_ALLCONFIG={FRAGMENT}", "allnoconfig"], "configuring the kernel",
        build / "configure.log")
    made(config)


def _image(source, build):
    run(make(source, build, "Image", "modules"), f"building {source.name}", build / "build.log")
    return build / "arch/arm64/boot/Image"


def _ours():
    package = pathlib.Path(f"/usr/src/{SOURCE}.tar.xz")
    if not package.exists():
        raise Refusal(f"{package} is missing: install {SOURCE}")
    is_version = f"{package.stat().st_size} {package.stat().st_mtime_ns}"
    source, build = BUILD / "source-6.12", BUILD / "kernel"
    if not up_to_date(source, is_version):
        say(f"unpacking {package.name}")
        source.mkdir()
        run(["tar", "-xf", package, "-C", source, "--strip-components=1"], f"unpacking {package}")
        made(source)
    _configured(source, build)
    image = build / "arch/arm64/boot/Image"
    if not up_to_date(image, FRAGMENT, is_version):
        say(f"building {SOURCE} (once, some minutes)")
        _image(source, build)
        made(image)
    return Kernel(SOURCE, image, build)


def _tree(source):
    """The user's own sources, built outside their tree: theirs if they are configured, else with our fragment."""
    if not (source / "Kconfig").exists():
        raise Refusal(f"--kernel {source}: not a kernel's source tree")
    if (source / ".config").exists():
        image = source / "arch/arm64/boot/Image"
        if not image.exists():
            raise Refusal(f"--kernel {source}: configured in the tree but not built: {image} is missing")
        return Kernel(source.name, image, source)
    build = BUILD / "trees" / f"{source.name}-{zlib.crc32(bytes(source)):08x}"  # two trees may have the same name
    _configured(source, build)
    say(f"building {source}")
    return Kernel(build.name, _image(source, build), build)


def _stock():
    """Debian's own kernel, as packaged, with what modules for it are built against."""
    image = next(p for p in debian.depends("linux-image-6.12-arm64") if p.startswith("linux-image-"))
    version = image.removeprefix("linux-image-").removesuffix("-arm64")
    headers = f"linux-headers-{version}"
    folder = debian.unpacked(image, image, f"{headers}-arm64", f"{headers}-common", native=[f"linux-kbuild-{version}"])
    build = folder / f"usr/src/{headers}-arm64"
    (build / "Makefile").write_text(f"include {folder}/usr/src/{headers}-common/Makefile\n")
    return Kernel(image, next(folder.glob("boot/vmlinuz-*")), build)
