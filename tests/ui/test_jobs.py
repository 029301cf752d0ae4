"""A worker does jobs as the command line would; a killed one loses nothing but time."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import sim
import store
from ui import actions, jobs

ROOT = Path(__file__).resolve().parents[2]
WANG = actions.Caller("wang", "planner")


@pytest.fixture
def opened(tmp_path):
    found = store.open_store(tmp_path / "home")
    yield found
    found.close()


def test_a_job_gives_what_the_action_gives(opened, queue):
    request = actions.SimulateRequest(queue(), reps=3, staff={"clerks": 5})
    name = jobs.offer(opened, WANG, request)
    assert jobs.work(opened, once=True) == 0
    job = opened.jobs.get(name)
    assert (job.state, job.done, job.total) == ("done", 3, 3)
    assert opened.results.get(job.result) == actions.simulate(request, actions.Desk(WANG))
    assert jobs.request_of(job) == request
    assert opened.audit.entries()[0].who == "wang"


def test_a_comparison_is_a_job_too(opened, queue):
    request = actions.CompareRequest((queue("few", 3), queue("many", 5)), reps=2)
    name = jobs.offer(opened, WANG, request)
    jobs.work(opened, once=True)
    job = opened.jobs.get(name)
    assert opened.results.get(job.result)["schema"] == "counterflow/compare/1"
    assert jobs.request_of(job) == request


def test_what_cannot_be_is_refused_before_it_waits(opened, queue):
    with pytest.raises(sim.InputError):
        jobs.offer(opened, WANG, actions.SimulateRequest(queue(), reps=0))
    with pytest.raises(sim.InputError):
        jobs.offer(opened, actions.Caller("li", "viewer"), actions.SimulateRequest(queue("other")))


def test_bad_input_fails_a_job_in_codes(opened):
    name = jobs.offer(opened, WANG, actions.SimulateRequest("S99"))
    jobs.work(opened, once=True)
    job = opened.jobs.get(name)
    assert job.state == "failed"
    assert job.faults[0]["code"] == "unknown_scenario"


def test_a_cancelled_job_stops_at_its_next_progress(opened, queue):
    name = jobs.offer(opened, WANG, actions.SimulateRequest(queue(), reps=100_000))
    job = opened.jobs.claim("here:1")
    opened.jobs.cancel(name)
    jobs.do(opened, job, "here:1", 1)
    assert opened.jobs.get(name).state == "cancelled"


def test_a_killed_workers_job_is_done_by_the_next(tmp_path, queue, environment):
    opened = store.open_store(environment["COUNTERFLOW_HOME"])
    name = jobs.offer(opened, WANG, actions.SimulateRequest(queue(), reps=4000))
    command = [sys.executable, "-m", "ui.cli", "worker"]
    worker = subprocess.Popen(command, env=environment, cwd=ROOT)
    deadline = time.monotonic() + 60
    while opened.jobs.get(name).done < 5 and time.monotonic() < deadline:
        time.sleep(0.05)
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    assert opened.jobs.get(name).state == "running"
    subprocess.run([*command, "--once"], env=environment, cwd=ROOT, check=True, timeout=120)
    job = opened.jobs.get(name)
    assert (job.state, job.tries) == ("done", 2)
    opened.close()


def test_a_worker_ends_with_its_parent(environment):
    worker = subprocess.Popen(
        [sys.executable, "-m", "ui.cli", "worker", "--with-parent"], env=environment, cwd=ROOT, stdin=subprocess.PIPE
    )
    time.sleep(2)
    assert worker.poll() is None
    worker.stdin.close()
    assert worker.wait(10) == 0
