"""What kind of machine a number was measured on."""

import os
import pathlib
import platform


def machine_class() -> str:
    """The class of this machine, such as "2 CPU cores, x86_64, AVX-512"."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None
    cores = cores or os.cpu_count()
    parts = [f"{cores} CPU cores", platform.machine()]
    cpuinfo = pathlib.Path("/proc/cpuinfo")
    if cpuinfo.exists() and "avx512f" in cpuinfo.read_text():
        parts.append("AVX-512")
    return ", ".join(parts)
