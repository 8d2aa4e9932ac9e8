"""Slurm on one node: Debian's munged, slurmctld and slurmd, with everything that they write in one folder. Needs root."""
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import time


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Slurm:
    def __init__(self, folder):
        assert os.geteuid() == 0, "slurmd runs the jobs of other users: it needs root"
        for program in ("munged", "slurmctld", "slurmd", "srun"):
            assert shutil.which(program), f"{program} is missing: apt-get install slurm-wlm munge (./vp setup installs them)"
        self.folder = pathlib.Path(folder)
        shutil.rmtree(self.folder, ignore_errors=True)
        self.sockets = tempfile.TemporaryDirectory()  # the name of a socket has 108 bytes at most
        (self.folder / "state").mkdir(parents=True)
        (pathlib.Path(self.sockets.name) / "spool").mkdir()
        self.processes = []
        self.environment = os.environ | {"SLURM_CONF": str(self.folder / "slurm.conf")}

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for process in reversed(self.processes):
            process.terminate()
            process.wait()
        self.sockets.cleanup()

    def run(self, name, *command):
        with open(self.folder / f"{name}.log", "w", encoding="utf-8") as log:
            self.processes.append(subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, env=self.environment))

    def start(self):
        host, f = socket.gethostname(), self.folder
        key = f / "munge.key"
        key.write_bytes(os.urandom(128))
        key.chmod(0o600)
        sock = pathlib.Path(self.sockets.name) / "munge"
        self.run("munged", "munged", "--foreground", "--force", f"--key-file={key}", f"--socket={sock}",
                 f"--pid-file={f}/munged.pid", f"--log-file={f}/munged.log2", f"--seed-file={f}/munge.seed")
        (f / "slurm.conf").write_text("\n".join([
            "ClusterName=test", f"SlurmctldHost={host}(127.0.0.1)", "SlurmUser=root", "AuthType=auth/munge", "CredType=cred/munge",
            f"AuthInfo=socket={sock}", f"SlurmctldPort={free_port()}", f"SlurmdPort={free_port()}",
            f"StateSaveLocation={f}/state", f"SlurmdSpoolDir={self.sockets.name}/spool", f"SlurmctldPidFile={f}/ctld.pid", f"SlurmdPidFile={f}/d.pid",
            "ProctrackType=proctrack/linuxproc", "TaskPlugin=task/none", "JobAcctGatherType=jobacct_gather/none",
            "AccountingStorageType=accounting_storage/none", "SelectType=select/cons_tres", "SelectTypeParameters=CR_Core",
            "MpiDefault=none", "ReturnToService=2", "SchedulerParameters=sched_interval=1",
            f"NodeName={host} NodeAddr=127.0.0.1 CPUs={os.cpu_count()} State=UNKNOWN",
            f"PartitionName=all Nodes={host} Default=YES MaxTime=INFINITE State=UP", ""]))
        self.wait_for(sock.exists, "munged")
        self.run("slurmctld", "slurmctld", "-D", "-c")
        self.run("slurmd", "slurmd", "-D", "-N", host)
        self.wait_for(lambda: "idle" in self.ask("sinfo", "--noheader", "--format=%T"), "the node")

    def ask(self, *command):
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=60).stdout

    def wait_for(self, condition, what):
        for _ in range(300):
            if condition():
                return
            time.sleep(0.2)
        logs = "\n".join(p.name + ":\n" + p.read_text()[-2000:] for p in self.folder.glob("*.log"))
        raise AssertionError(f"{what} did not come up in a minute\n{logs}")
