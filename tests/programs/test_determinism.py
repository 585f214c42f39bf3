"""The same function gives the same text in every process: sources can be compared, committed and cached."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
# Objects, unrolled loops, loops in loops, containers, callees with pairs, writes.
PROGRAMS = (
    "classes.attribute_accumulation classes.particle_system classes.thermostat closures.writes_captured_array"
    " loops.nested_ranges loops.while_inside_for containers.stack_as_a_list ode.lotka_volterra_rk4"
)
CODE = f"""
import tapegen as tg
from tests.programs import registry
programs = registry.load()
for name in {PROGRAMS!r}.split():
    if name in programs:
        out, pullback = tg.vjp(programs[name].function, *programs[name].args())
        print(name, pullback.source, sep="\\n")
"""


def sources(seed):
    environment = {**os.environ, "PYTHONHASHSEED": seed}
    run = [sys.executable, "-c", CODE]
    return subprocess.run(run, cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout


def test_sources_do_not_depend_on_the_order_of_sets():
    one = sources("1")
    assert one.count("_adj(residuals") >= 6
    assert one == sources("2") == sources("3")
