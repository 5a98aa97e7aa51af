"""Reading variables of the caller that were not granted, and the command lines of others."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator

from tests.attempts.attempt import Stage, attempt
from tests.attempts.scene import Scene, link
from tests.attempts.settings import leaks_from_victim, with_victim


def secret_variable(scene: Scene) -> Iterator[Stage]:
    scene.environ["DEPLOY_TOKEN"] = scene.secret
    yield Stage({}, scene.leaked)


def secret_of_parents(scene: Scene) -> Iterator[Stage]:
    scene.environ["DEPLOY_TOKEN"] = scene.secret
    scene.hidden = ("DEPLOY_TOKEN",)
    yield Stage({"namespace": link("/proc/self/ns/pid")}, scene.leaked)


@attempt(secret_variable)
def read_variable(a):
    """Read a variable of the caller."""
    print(os.environ["DEPLOY_TOKEN"])


@attempt(secret_variable)
def read_first_environment(a):
    """Read the environment that the process started with."""
    print(open("/proc/self/environ").read())


@attempt(secret_variable)
def inherit_variable(a):
    """Have a child process say its variables."""
    subprocess.run(["/usr/bin/env"])


@attempt(secret_of_parents)
def read_environment_of_parents(a):
    """Read the environment of the parent process and its parent, and of process 1 where it is not the machine's own."""
    pids = [os.getppid()]
    try:
        pids.append(int(open("/proc/%d/stat" % pids[0]).read().rpartition(")")[2].split()[1]))
    except OSError:
        pass
    if os.readlink("/proc/self/ns/pid") != a.namespace:
        pids.append(1)
    for pid in pids:
        try:
            for variable in open("/proc/%d/environ" % pid).read().split("\0"):
                if variable.startswith("DEPLOY_TOKEN="):
                    print(variable)
        except OSError:
            pass


def secret_word(scene: Scene) -> Iterator[Stage]:
    yield from with_victim(leaks_from_victim, scene.secret)(scene)


@attempt(secret_word)
def read_command_line(a):
    """Read the command line of a process outside."""
    print(open("/proc/%d/cmdline" % a.pid).read())


def victims_variable(scene: Scene) -> Iterator[Stage]:
    with scene.victim(environ={"DEPLOY_TOKEN": scene.secret}) as victim:
        yield Stage({"pid": victim.pid}, scene.leaked)


@attempt(victims_variable)
def read_environment_of_another(a):
    """Read the environment of a process outside."""
    print(open("/proc/%d/environ" % a.pid).read())
