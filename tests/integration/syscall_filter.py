#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a program under the SystemCallFilter= of a systemd unit, without systemd: refused calls fail with EPERM.

    syscall_filter.py UNIT PROGRAM [ARGUMENT]...
"""
import ctypes
import errno
import os
import pathlib
import re
import subprocess
import sys

ALLOW = 0x7FFF0000
REFUSE = 0x00050000 | errno.EPERM


def known_sets() -> dict:
    """What systemd's names of sets stand for: {"@chown": {"chown", ...}}; a set may hold others."""
    text = subprocess.run(["systemd-analyze", "syscall-filter"], capture_output=True, text=True, check=True).stdout
    return {block.split("\n")[0]: set(re.findall(r"^    (@?\w[\w-]*)$", block, re.M))
            for block in re.findall(r"^@(?:.+\n)+", text, re.M)}


def allowed(unit: str) -> set:
    """Names of the calls that the unit's lines let through, each line adding to those before or taking away from them."""
    sets = known_sets()

    def calls(name: str) -> set:
        return set().union(*map(calls, sets[name])) if name.startswith("@") else {name}

    names = calls("@default")
    for line in re.findall(r"^SystemCallFilter=(.*)$", unit, re.M):
        listed = set().union(*map(calls, line.lstrip("~").split()))
        names = names - listed if line.startswith("~") else names | listed
    return names


def restrict(unit: str):
    library = ctypes.CDLL("libseccomp.so.2", use_errno=True)
    library.seccomp_init.restype = ctypes.c_void_p
    context = ctypes.c_void_p(library.seccomp_init(ctypes.c_uint32(REFUSE)))
    for name in allowed(unit):
        number = library.seccomp_syscall_resolve_name(name.encode())
        if number >= 0:  # this processor has it
            library.seccomp_rule_add_array(context, ctypes.c_uint32(ALLOW), number, 0, None)
    if library.seccomp_load(context) != 0:
        sys.exit("cannot load the filter")


if __name__ == "__main__":
    restrict(pathlib.Path(sys.argv[1]).read_text())
    os.execv(sys.argv[2], sys.argv[2:])
