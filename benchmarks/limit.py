"""How close the kernel is to what the machine can do: `python benchmarks/limit.py --json`.

Three models (`benchmarks/models.py`) run side by side on the same days: a program in C written for that model alone,
with the best list of events for it and with a binary heap; the kernel on the same variates, read from arrays; the
kernel as it is, with its own luck; the SimPy reference on the same tables; and Ciw, where it is installed and can say
the model (it cannot take two resources at once, so not m3). Counts and ticks waited must be equal, else nothing is
printed.

Every round runs every contender once, on days of its own, so that whatever else the machine does falls on all of
them. A time is CPU time of the process per customer; a ratio is the median of the rounds' ratios, with its quartiles.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent))

import models
from given import Given, Program, compiler, fed_kernel

from sim.draw import draw
from sim.engines import kernel, reference
from sim.experiments.inputs import world
from sim.experiments.study import replication
from sim.measures import Running
from sim.tables.types import ABANDONED, ANSWERED, SEIZE

if TYPE_CHECKING:
    from sim.tables import Day, Tables, Trace

Task = Callable[[int], object]
SHIFTS = {"m1": 0, "m2": 9, "m3": 12}
"""Width of a bucket of the programs' calendars, as a power of two of ticks: the fastest of several tried."""


def plain(ticks: Any, kind: type[np.generic] = np.int32) -> Any:
    """Return numbers as the programs in C want them."""
    return np.ascontiguousarray(ticks, kind)


class Model:
    """One model on some days: what every contender does on day `i`, and what it found."""

    def __init__(self, name: str, days: int, folder: Path) -> None:
        self.name = name
        self.scenario = getattr(models, name)()
        self.world = world(self.scenario)
        self.tables, self.layout = self.world.tables, self.world.layout
        self.running = Running(self.layout)
        self.days = [draw(self.tables, 1, number) for number in range(days)]
        self.given = [Given(self.tables, day) for day in self.days]
        self.customers = [day.visit.size for day in self.days]
        self.fed = fed_kernel()
        self.tasks: dict[str, Task] = {"kernel_fed": lambda i: self.fed(self.given[i].tables, self.given[i].day)}
        self.tasks["kernel"] = lambda i: kernel.run(self.tables, self.days[i])
        self.tasks["all_in"] = self.all_in
        if compiler() is not None:
            self._programs(folder)

    def all_in(self, number: int) -> None:
        """Draw, run and measure a replication, and add it to what a study keeps: what `sim.simulate` does each time."""
        done = replication(self.world, 1, number, "kernel", False)
        self.running.add(done.top, done.low)
        self.layout.reuse(done.top, done.low)

    def _programs(self, folder: Path) -> None:
        """Add the programs in C."""
        out, end, shift = self.out, self.tables.compiled.run.end, SHIFTS[self.name]
        arrives = [plain(day.visit["tick"]) for day in self.days]
        ticks = [plain(one.ticks[one.rows]) for one in self.given]
        if self.name == "m3":
            best, heap = Program("cluster", folder), Program("cluster", folder, "-DHEAP")
            extra = [_cluster(self.tables, day, one) for day, one in zip(self.days, self.given, strict=True)]

            def run(program: Program) -> Task:
                return lambda i: program(
                    "m3", self.customers[i], end, shift, arrives[i], *extra[i][:2], ticks[i], extra[i][2], out
                )

            self.tasks |= {"c_best": run(best), "c_heap": run(heap)}
            return
        columns = [[plain(one[:, k]) for k in range(one.shape[1])] for one in ticks]
        best, heap = Program("queue", folder), Program("queue", folder, "-DHEAP")
        if self.name == "m1":
            self.tasks["c_best"] = lambda i: best("m1_scan", self.customers[i], 10, arrives[i], columns[i][0], out)
            self.tasks["c_heap"] = lambda i: heap("m1_heap", self.customers[i], 10, arrives[i], columns[i][0], out)
        else:

            def runs(program: Program) -> Task:
                return lambda i: program(
                    "m2", self.customers[i], 50, end, shift, arrives[i], columns[i][1], columns[i][0], out
                )

            self.tasks |= {"c_best": runs(best), "c_heap": runs(heap)}

    out = np.zeros(9, np.int64)

    def check(self) -> None:
        """Stop when two contenders disagree about a day."""
        for number, day in enumerate(self.days):
            trace = kernel.run(self.tables, day)
            fed = self.fed(self.given[number].tables, self.given[number].day)
            assert fed.sha256() == trace.sha256(), f"{self.name}: the fed kernel does something else"
            wanted = _found(self.name, self.tables, day, trace)
            for contender in ("c_best", "c_heap"):
                if contender in self.tasks:
                    self.out[:] = 0
                    self.tasks[contender](number)
                    assert self.out[: len(wanted)].tolist() == wanted, f"{self.name}: {contender} differs on {number}"


def _cluster(tables: Tables, day: Day, given: Given) -> tuple[Any, Any, Any]:
    """Return branch, skill and choices of each visit of m3."""
    stream = tables.compiled.stream[day.visit["stream"]]
    first_branch = tables.names.places.index("branch-01")
    skills = [name for name in tables.names.services if name.startswith("skill")]
    skill_of = np.array([skills.index(name) if name in skills else -1 for name in tables.names.services], np.int8)
    shares = [0.3, 0.4]  # to a supervisor, handed over
    chosen = sum((given.chosen[given.rows, k] < share).astype(np.uint8) << k for k, share in enumerate(shares))
    return (
        plain(stream["place"] - first_branch, np.uint8),
        plain(skill_of[stream["service"]], np.int8),
        plain(chosen, np.uint8),
    )


def _found(name: str, tables: Tables, day: Day, trace: Trace) -> list[int]:
    """Return from a trace what the program in C prints: answered, gave up, ticks waited (by queue), ticks stayed."""
    rows = trace.rows[(tables.compiled.step["op"][trace.rows["step"]] == SEIZE) & (trace.rows["need"] <= 0)]
    waited = np.where(rows["started"] >= 0, rows["started"], rows["ended"]) - rows["entered"]
    queues = ["triage", "window", "seat", "sign", "delivery"] if name == "m3" else ["agent"]
    number = np.array([queues.index(one) if one in queues else -1 for one in tables.names.seizes])
    by_queue = [int(waited[number[rows["step"]] == k].sum()) for k in range(len(queues))]
    ends = [int((trace.results["outcome"] == outcome).sum()) for outcome in (ANSWERED, ABANDONED)]
    assert sum(ends) == day.visit.size
    return [*ends, *by_queue, int((trace.results["left"] - day.visit["tick"]).sum())]


def ciw_us(name: str, customers: int, seed: int) -> float | None:
    """Return CPU µs a customer of the same queue in Ciw, with its own random numbers; None without Ciw."""
    if importlib.util.find_spec("ciw") is None or name == "m3":
        return None
    import ciw

    exponential = ciw.dists.Exponential
    servers, rate, patience = (10, 9.0, None) if name == "m1" else (50, 55.0, exponential(0.5))
    extra = {} if patience is None else {"reneging_time_distributions": [patience]}
    network = ciw.create_network(
        arrival_distributions=[exponential(rate)],
        service_distributions=[exponential(1.0)],
        number_of_servers=[servers],
        **extra,
    )
    ciw.seed(seed)
    begin = time.process_time()
    run = ciw.Simulation(network)
    run.simulate_until_max_customers(customers, method="Arrive")
    return 1e6 * (time.process_time() - begin) / customers


def reference_us(model: Model, number: int, most: int) -> float:
    """Return CPU µs a customer of the SimPy reference, on the first `most` customers of a day."""
    day = model.days[number]
    part = day._replace(visit=day.visit[:most])
    begin = time.process_time()
    reference.run(model.tables, part)
    return 1e6 * (time.process_time() - begin) / part.visit.size


def measure(name: str, rounds: int, folder: Path) -> dict[str, Any]:
    """Return medians and ratios of one model."""
    days = 16 if name == "m3" else 2
    model = Model(name, days, folder)
    model.check()
    us: dict[str, list[float]] = {}
    per_round = days // 2
    for number in range(rounds):
        mine = [(number * per_round + k) % days for k in range(per_round)]
        count = sum(model.customers[i] for i in mine)
        for contender, task in model.tasks.items():
            begin = time.process_time()
            for i in mine:
                task(i)
            us.setdefault(contender, []).append(1e6 * (time.process_time() - begin) / count)
        if number % max(1, rounds // 5) == 0:
            slow = reference_us(model, mine[0], 20_000)
            us.setdefault("simpy", []).append(slow)
            us.setdefault("simpy_over_kernel", []).append(slow / us["kernel"][-1])
            us.setdefault("simpy_over_kernel_fed", []).append(slow / us["kernel_fed"][-1])
            other = ciw_us(name, 10_000, number)
            if other is not None:
                us.setdefault("ciw", []).append(other)
                us.setdefault("ciw_over_kernel", []).append(other / us["kernel"][-1])
    found: dict[str, Any] = {
        "customers": int(statistics.median(model.customers)),
        "kernel_over_c": None,
        "kernel_over_c_best": None,
        "kernel_over_c_heap": None,
        "simpy_over_kernel": statistics.median(us.pop("simpy_over_kernel")),
        "simpy_over_kernel_fed": statistics.median(us.pop("simpy_over_kernel_fed")),
        "ciw_over_kernel": statistics.median(us.pop("ciw_over_kernel")) if "ciw" in us else None,
    }
    for key, contender in (("kernel_over_c_best", "c_best"), ("kernel_over_c_heap", "c_heap")):
        if contender in us:
            ratios = sorted(a / b for a, b in zip(us["kernel_fed"], us[contender], strict=True))
            found[key] = statistics.median(ratios)
            found[f"{key}_quartiles"] = [ratios[len(ratios) // 4], ratios[-1 - len(ratios) // 4]]
    best = [found[key] for key in ("kernel_over_c_best", "kernel_over_c_heap") if found[key] is not None]
    found["kernel_over_c"] = max(best, default=None)  # the faster of the two programs
    found |= {f"{contender}_us_per_customer": statistics.median(times) for contender, times in us.items()}
    return found


def run(rounds: int) -> dict[str, Any]:
    """Return the whole document."""
    with tempfile.TemporaryDirectory(prefix="counterflow-limit-") as folder:
        parts = {name: measure(name, rounds, Path(folder)) for name in ("m1", "m2", "m3")}
    return {
        "schema": "counterflow.limit/1",
        "compiler": compiler() and Path(str(compiler())).name,
        "rounds": rounds,
        **parts,
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")
    parser.add_argument("--rounds", type=int, default=15)
    chosen = parser.parse_args()
    found = run(chosen.rounds)
    if chosen.json:
        print(json.dumps(found, indent=2))
        return
    for name in ("m1", "m2", "m3"):
        for key, value in found[name].items():
            print(f"{name}.{key:<32}{value:.4g}" if isinstance(value, float) else f"{name}.{key:<32}{value}")


if __name__ == "__main__":
    main()
