"""Programs that are run to their end, and files that are made only when something they depend on has changed."""
import hashlib
import os
import shutil
import signal
import subprocess

from .refusal import Refusal


def run(command, what, log=None, **options):
    """Runs a command quietly; if it fails, the line says what failed and where its output is. If we are ended, all
    that it has started ends too."""
    command = [str(word) for word in command]
    try:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                   text=True, errors="replace", start_new_session=True, **options)
    except FileNotFoundError:
        raise Refusal(f"{what} failed: {command[0]} is not installed") from None
    try:
        output, _ = process.communicate()
    except BaseException:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()
        raise
    if log:
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text(output)
    if process.returncode:
        lines = output.strip().splitlines() or ["no output"]
        reason = next((line for line in lines if "error" in line.lower()), lines[-1])
        raise Refusal(f"{what} failed: {reason}" + (f" (all of it: {log})" if log else ""))
    return output


def up_to_date(target, *inputs):
    """Whether `target` was made from exactly these inputs (files, folders, texts); otherwise remembers them and
    removes the target, which the caller then makes."""
    digest = hashlib.sha256()
    for thing in inputs:
        if not hasattr(thing, "is_dir"):
            digest.update(str(thing).encode())
            continue
        for path in sorted(thing.rglob("*")) if thing.is_dir() else [thing]:
            if path.is_file():
                digest.update(path.name.encode() + b"\0" + path.read_bytes())
    stamp = target.with_name(target.name + ".made-from")
    if target.exists() and stamp.exists() and stamp.read_text() == digest.hexdigest():
        return True
    stamp.unlink(missing_ok=True)
    if target.is_dir():
        shutil.rmtree(target)
    target.unlink(missing_ok=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    up_to_date.pending[target] = (stamp, digest.hexdigest())
    return False


up_to_date.pending = {}


def made(target):
    """The target is complete: it counts as up to date from now on."""
    stamp, digest = up_to_date.pending.pop(target)
    stamp.write_text(digest)
