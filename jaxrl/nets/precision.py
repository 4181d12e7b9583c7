"""The precision of products, and what `auto` is on this machine."""

from functools import cache
from pathlib import Path
from typing import Literal

import jax

from jaxrl.config.schema import Precision

FASTER_BFLOAT16 = "avx512_bf16"  # of a CPU; those with AMX have it too


def resolve(precision: Precision) -> Literal["float32", "tf32", "bfloat16"]:
    """What products are computed in: auto is bfloat16 on a CPU that multiplies it faster, and tf32 elsewhere.

    Asks JAX for its platform, which must have been chosen by then.
    """
    if precision != "auto":
        return precision
    return "bfloat16" if jax.default_backend() == "cpu" and FASTER_BFLOAT16 in cpu_flags() else "tf32"


@cache
def cpu_flags() -> frozenset[str]:
    """What the CPU can do, by Linux's names; nothing where Linux does not say."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return frozenset()
    return frozenset(next((line.partition(":")[2].split() for line in lines if line.startswith("flags")), ()))
