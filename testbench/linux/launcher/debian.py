"""Packages of Debian's arm64 architecture, downloaded and unpacked without any effect on this machine's packages."""
import pathlib
import shutil
import tempfile

from .places import BUILD
from .refusal import say
from .tools import run

APT = BUILD / "apt"


def _apt(tool, *words):
    """apt with lists, state and cache of its own, as if on an arm64 machine without packages."""
    status = APT / "status"
    if not status.exists():
        for folder in ("state/lists/partial", "cache/archives/partial"):
            (APT / folder).mkdir(parents=True, exist_ok=True)
        status.touch()
    options = {"APT::Architecture": "arm64", "APT::Architectures": "arm64", "APT::Sandbox::User": "root",
               "Dir::State": APT / "state", "Dir::State::status": status, "Dir::Cache": APT / "cache"}
    return [tool, "-qq", *(f"-o{key}={value}" for key, value in options.items()), *words]


def _lists():
    if not (APT / "state/lists/lock").exists():
        say("fetching Debian's list of arm64 packages")
        run(_apt("apt-get", "update"), "apt-get update for arm64")


def depends(package):
    """The packages that a meta-package stands for."""
    _lists()
    text = run(_apt("apt-cache", "depends", package), f"apt-cache depends {package}")
    return [line.split(":", 1)[1].strip() for line in text.splitlines() if "Depends:" in line]


def unpacked(name, *packages, native=()):
    """The folder `name` with the files of these packages; `native` ones are of this machine's architecture."""
    folder = BUILD / "packages" / name
    if folder.exists():
        return folder
    _lists()
    say(f"downloading {name} for arm64")
    partial = folder.with_name(name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    with tempfile.TemporaryDirectory(dir=BUILD) as downloads:
        run(_apt("apt-get", "download", *packages), f"the download of {name}", cwd=downloads)
        if native:
            run(["apt-get", "-qq", "-oAPT::Sandbox::User=root", "download", *native], f"the download of {native[0]}",
                cwd=downloads)
        for file in pathlib.Path(downloads).glob("*.deb"):
            run(["dpkg", "-x", file, partial], f"unpacking {file.name}")
    partial.rename(folder)
    return folder
