"""Child processes that end with us, whatever ends us."""
import ctypes
import signal
import subprocess

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


def start(command, **options):
    """Ctrl-C reaches only us; if we are killed, the child gets SIGTERM."""
    def before_exec():
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    return subprocess.Popen([str(word) for word in command], start_new_session=True, preexec_fn=before_exec, **options)


def end(process, patience_s=10):
    """Returns the exit status of a process that is told to end, or has ended."""
    if process is None:
        return None
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(patience_s)
        except subprocess.TimeoutExpired:
            process.kill()
    return process.wait()
