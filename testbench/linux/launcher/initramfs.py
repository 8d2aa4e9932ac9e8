"""The guest's file system: an archive in the kernel's "newc" format (Documentation/driver-api/early-userspace)."""
import stat

_FOLDERS = ("bin", "dev", "proc", "sys", "tmp")


class Initramfs:
    def __init__(self):
        self._bytes = bytearray()
        self._inode = 0
        for folder in _FOLDERS:
            self._entry(folder, stat.S_IFDIR | 0o755)
        # The console of the first process; devtmpfs comes later.
        self._entry("dev/console", stat.S_IFCHR | 0o600, device=(5, 1))

    def _entry(self, name, mode, data=b"", device=(0, 0)):
        self._inode += 1
        path = name.encode() + b"\0"
        fields = (self._inode, mode, 0, 0, 1, 0, len(data), 0, 0, *device, len(path), 0)
        self._append(b"070701" + b"".join(b"%08X" % field for field in fields) + path)
        self._append(data)

    def _append(self, data):
        self._bytes += data + bytes(-len(data) % 4)

    def add(self, name, data):
        """A file that may be executed."""
        self._entry(name, stat.S_IFREG | 0o755, data)

    def write(self, path):
        self._entry("TRAILER!!!", 0)
        path.write_bytes(self._bytes)
