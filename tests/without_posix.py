"""Makes Python processes in which this package meets what Windows has, and libraries meet what they need.

Code of the package (and no other code) that imports a module that Windows lacks gets an ImportError; from ``os``,
``signal`` and ``sys`` it gets a module without what Windows lacks, which says that the platform is Windows. So its own
way for such platforms is taken, on the machine at hand. Windows has other libraries, file names and consoles too: this
shows that nothing of the package needs POSIX, not that all of it runs there.
"""

import builtins
import importlib.util
import os
import signal
import sys
import types
from pathlib import Path

BLOCKED = {
    "_posixsubprocess", "crypt", "ctypes", "curses", "fcntl", "grp", "nis", "posix", "pty", "pwd", "readline",
    "resource", "spwd", "syslog", "termios", "tty",
}  # fmt: skip
MISSING = {
    "os": {
        "chown", "confstr", "fchmod", "fchown", "fork", "forkpty", "getegid", "geteuid", "getgid", "getgroups",
        "getloadavg", "getpgid", "getpgrp", "getpriority", "getsid", "getuid", "killpg", "lchown", "lockf", "mkfifo",
        "mknod", "nice", "openpty", "pathconf", "pipe2", "posix_spawn", "pread", "pwrite", "register_at_fork",
        "sched_getaffinity", "sched_setaffinity", "sched_yield", "setegid", "seteuid", "setgid", "setpgid", "setsid",
        "setuid", "statvfs", "sync", "sysconf", "tcgetpgrp", "uname", "wait", "wait3", "wait4", "waitid",
    },
    "signal": {
        "SIGALRM", "SIGCHLD", "SIGCONT", "SIGHUP", "SIGKILL", "SIGPIPE", "SIGQUIT", "SIGSTOP", "SIGTSTP", "SIGUSR1",
        "SIGUSR2", "alarm", "pause", "pthread_kill", "pthread_sigmask", "set_wakeup_fd", "setitimer", "siginterrupt",
        "sigpending", "sigwait",
    },
    "sys": {"getdlopenflags", "setdlopenflags", "abiflags"},
}  # fmt: skip
OTHERWISE = {("os", "name"): "nt", ("sys", "platform"): "win32"}


class WindowsModule(types.ModuleType):
    """A module as Windows has it; what is set on it is set on the module itself."""

    def __init__(self, real: types.ModuleType) -> None:
        super().__init__(real.__name__)
        object.__setattr__(self, "_real", real)

    def __getattribute__(self, name: str) -> object:
        real = object.__getattribute__(self, "_real")
        if name in MISSING[real.__name__]:
            raise AttributeError(f"module {real.__name__!r} has no attribute {name!r} on Windows")
        return OTHERWISE.get((real.__name__, name), getattr(real, name))

    def __setattr__(self, name: str, value: object) -> None:
        setattr(object.__getattribute__(self, "_real"), name, value)


def install() -> None:
    """From now on, the package's imports in this process are those that Windows allows."""
    spec = importlib.util.find_spec("referral_sim")
    assert spec is not None
    package = str(Path(next(iter(spec.submodule_search_locations or ()))).resolve())
    stand_ins = {real.__name__: WindowsModule(real) for real in (os, signal, sys)}
    plain = builtins.__import__

    def windows_import(name, globals=None, locals=None, fromlist=(), level=0):
        ours = str((globals or {}).get("__file__") or "").startswith(package)
        if not ours or level:
            return plain(name, globals, locals, fromlist, level)
        if name.partition(".")[0] in BLOCKED:
            raise ModuleNotFoundError(
                f"No module named {name!r} on Windows, wanted by {globals['__file__']}", name=name
            )
        found = plain(name, globals, locals, fromlist, level)
        return stand_ins.get(name, found)

    builtins.__import__ = windows_import
