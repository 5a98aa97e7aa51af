"""The private folder of a script in the basic tier: its temporary files and its home, gone when it ends.

A lock on the folder says that its keeper lives. One that nobody holds is what a keeper left that was killed together
with its pyst: any later run removes it. (In the strict tier these files lie in a memory of the namespace's own.)
"""

from __future__ import annotations

import os

BEGINNING = "pyst-confined-"
LOOK = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def base() -> str:
    """Where private folders lie."""
    return "/tmp" if os.path.isdir("/tmp") else "/var/tmp"


def make(pyst: int) -> tuple[str, int]:
    """Make the folder of a run of the pyst with this process number; its path, and a descriptor that holds its lock.

    Raises `OSError`.
    """
    while True:
        path = f"{base()}/{BEGINNING}{pyst}-{os.urandom(12).hex()}"
        os.mkdir(path, 0o700)
        try:
            fd = os.open(path, LOOK)
        except FileNotFoundError:
            continue  # removed by another run, which saw it before its lock
        try:
            is_ours = _lock(fd)
        except OSError:
            is_ours = True  # this file system has no locks: nothing on it can be told to be stale
        try:
            if is_ours:
                os.mkdir("home", 0o700, dir_fd=fd)
                return path, fd
        except FileNotFoundError:
            pass
        os.close(fd)  # another run was quicker, and removes what it takes for left behind


def remove(path: str) -> None:
    """Remove a private folder that no process uses any more."""
    try:
        os.rmdir(path + "/home")
        os.rmdir(path)
    except OSError:
        import shutil

        for folder, names, _ in os.walk(path):  # the script may have taken rights away from folders of its own
            for each in names:
                below = os.path.join(folder, each)
                if not os.path.islink(below):
                    os.chmod(below, 0o700)
        shutil.rmtree(path, ignore_errors=True)


def remove_stale() -> None:
    """Remove the private folders of this user that no keeper holds. Never raises."""
    try:
        names = [each for each in os.listdir(base()) if each.startswith(BEGINNING)]
    except OSError:
        return
    for name in names:
        path = f"{base()}/{name}"
        try:
            fd = os.open(path, LOOK)
        except OSError:
            continue
        try:
            if os.fstat(fd).st_uid == os.geteuid() and _lock(fd):
                import shutil

                shutil.rmtree(path, ignore_errors=True)
        except OSError:
            pass
        finally:
            os.close(fd)


def _lock(fd: int) -> bool:
    """Lock a folder; False where another holds it. Raises `OSError` where the file system has no locks."""
    from fcntl import LOCK_EX, LOCK_NB, flock

    try:
        flock(fd, LOCK_EX | LOCK_NB)
    except BlockingIOError:
        return False
    return True
