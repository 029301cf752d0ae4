"""Each chain against another way of computing it: closed forms, dense linear algebra, an integrator, limits."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import linalg
from scipy.integrate import solve_ivp

from sim.theory import (
    ageing,
    erlang_a,
    erlang_b,
    erlang_c,
    finite_queue,
    finite_source,
    passing,
    priorities,
    reserved,
    retrial,
    sessions,
    steady,
    transient,
)


def test_the_chain_of_m_m_1_is_geometric():
    chain = steady((0,), lambda s: (((s[0] + 1,), 0.6 if s[0] < 60 else 0.0), ((s[0] - 1,), 1.0 if s[0] else 0.0)))
    assert chain.states[:3] == ((0,), (1,), (2,))
    assert chain.share[:20] == pytest.approx(0.4 * 0.6 ** np.arange(20), rel=1e-9)
    assert chain.mean(lambda s: s[0]) == pytest.approx(1.5, rel=1e-9)


def test_a_queue_without_places_is_erlang_b_and_with_many_erlang_c():
    b, c = finite_queue(6, 60, 300, 0), erlang_c(4, 60, 180)
    assert b.p_blocked == pytest.approx(erlang_b(6, 5.0), rel=1e-12)
    assert (b.queue_mean, b.wait_mean_s) == (0.0, 0.0)
    assert b.busy_mean == pytest.approx(5.0 * (1 - b.p_blocked))
    many = finite_queue(4, 60, 180, 400)
    assert (many.queue_mean, many.wait_mean_s) == pytest.approx((c.queue_mean, c.wait_mean_s), rel=1e-9)


def test_m_m_1_k_by_hand():
    """λ = 30/h, 90 s, one place besides the server: p ∝ 1, ¾, 9/16, so 9/37 are lost."""
    one = finite_queue(1, 30, 90, 1)
    assert one.p_blocked == pytest.approx(9 / 37)
    assert one.queue_mean == pytest.approx(9 / 37)
    assert finite_queue(50, 90_000, 3600, 5).p_blocked > 0.999


@pytest.mark.parametrize(("rate", "delay_s"), [(20.0, 300.0), (25.0, 60.0), (28.0, 900.0)])
def test_retrials_are_their_chain(rate, delay_s):
    """(server busy, orbit), as it was defined, against the closed form."""
    lam, mu, theta = rate / 3600, 1 / 90, 1 / delay_s

    def moves(state):
        busy, orbit = state
        if busy:
            yield (0, orbit), mu
            if orbit < 900:
                yield (1, orbit + 1), lam
        else:
            yield (1, orbit), lam
            if orbit:
                yield (1, orbit - 1), orbit * theta

    chain, ours = steady((0, 0), moves), retrial(rate, 90, delay_s)
    orbit = chain.mean(lambda s: s[1])
    assert ours.orbit_mean == pytest.approx(orbit, rel=1e-6)
    assert ours.occupancy == pytest.approx(chain.mean(lambda s: s[0]), rel=1e-6)
    assert ours.delay_mean_s == pytest.approx(orbit / lam, rel=1e-6)
    assert ours.tries_per_hour == pytest.approx(rate + 3600 * theta * orbit, rel=1e-6)


def test_retrials_at_once_are_m_m_1_and_too_many_never_end():
    assert retrial(30, 90, 1e-6).delay_mean_s == pytest.approx(erlang_c(1, 30, 90).wait_mean_s, rel=1e-6)
    assert retrial(40, 90, 60).orbit_mean == math.inf


def test_nothing_reserved_is_cobhams_priority():
    one, two = reserved(1, (12.0, 15.0), 90.0, 0)
    for ours, cobham in zip((one, two), priorities((12.0, 15.0), (90.0, 90.0)), strict=True):
        assert ours.queue_mean == pytest.approx(cobham.queue_mean, rel=1e-6)
        assert ours.busy_mean == pytest.approx(cobham.occupancy, rel=1e-9)
        assert ours.p_blocked < 1e-9


def test_reserved_servers_conserve_the_flow_and_help_the_first_class():
    """What is served is what came; the first class waits less than with mere priority and more than alone."""
    rates, kept = (60.0, 24.0), {}
    for reserve in (0, 1, 2):
        kept[reserve] = reserved(5, rates, 120.0, reserve)
        for rate, one in zip(rates, kept[reserve], strict=True):
            assert one.busy_mean == pytest.approx(rate / 30, rel=1e-7)
    first, second = ([kept[r][c].wait_mean_s for r in kept] for c in (0, 1))
    assert erlang_c(5, 60, 120).wait_mean_s < first[2] < first[1] < first[0]
    assert second[2] > second[1] > second[0] > erlang_c(5, 84, 120).wait_mean_s


def test_equal_factors_make_an_agent_with_sessions_m_m_n_k():
    one, shares = sessions(40, 300, (1.0, 1.0, 1.0), 4)
    plain = finite_queue(3, 40, 300, 4)
    assert (one.p_blocked, one.queue_mean, one.busy_mean) == pytest.approx(
        (plain.p_blocked, plain.queue_mean, plain.busy_mean)
    )
    assert sum(shares) == pytest.approx(1.0)


def test_two_sessions_without_a_queue_by_hand():
    """λ = μ = 1, the second session twice as long: five states, their rates written out."""
    _, shares = sessions(3600.0, 1.0, (1.0, 2.0), 0)
    states = ["00", "10", "01", "11", "02"]
    q = np.zeros((5, 5))
    for here, there, rate in [
        ("00", "10", 1), ("10", "11", 1), ("01", "02", 1), ("10", "00", 1), ("01", "00", 0.5),
        ("11", "01", 1), ("11", "10", 0.5), ("02", "01", 1.0),
    ]:  # fmt: skip
        q[states.index(here), states.index(there)] = rate
    q -= np.diag(q.sum(axis=1))
    p = linalg.null_space(q.T)[:, 0]
    p /= p.sum()
    assert shares == pytest.approx((p[0], p[1] + p[2], p[3] + p[4]))


def test_machine_repair_is_binomial_without_waiting_and_little_holds():
    free = finite_source(8, 8, 3600, 600)
    assert free.busy_mean == pytest.approx(8 * 600 / 4200)
    assert free.queue_mean == 0.0
    tight = finite_source(6, 1, 1800, 600)
    away = 6 - tight.queue_mean - tight.busy_mean
    assert tight.busy_mean == pytest.approx(tight.rate_per_hour * 600 / 3600)
    assert tight.rate_per_hour == pytest.approx(away * 2)
    assert tight.wait_mean_s == pytest.approx(tight.queue_mean / tight.rate_per_hour * 3600)


def test_repairman_by_hand():
    """Two machines, one repairman, rates 1 and 1: p ∝ 1, 2, 2."""
    pair = finite_source(2, 1, 1.0, 1.0)
    assert pair.queue_mean == pytest.approx(0.4)
    assert pair.busy_mean == pytest.approx(0.8)


def aged_by_phases(rates, service_s, places, steps_s, phases):
    """The same queue with each fixed time replaced by an Erlang time of many phases: one chain, no clock."""
    (first, second), mu = (rate / 3600 for rate in rates), 1 / service_s
    paces = [phases / steps_s[0], phases / (steps_s[1] - steps_s[0])]

    def moves(state):
        busy, before, after, phase = state  # phase 0: nobody of the second class waits
        if phase == 0:
            if busy == 0:
                yield (1, 0, 0, 0), first + second
                return
            if before < places:
                yield (1, before + 1, 0, 0), first
            yield (1, before, 0, 1), second
            yield ((1, before - 1, 0, 0) if before else (0, 0, 0, 0)), mu
            return
        if before + after < places:
            yield (1, before, after + 1, phase), first
        if phase <= 2 * phases:
            yield (1, before, after, phase + 1), paces[(phase - 1) // phases]
        if phase > 2 * phases or (before == 0 and (after == 0 or phase > phases)):
            yield (1, before + after, 0, 0), mu
        elif before:
            yield (1, before - 1, after, phase), mu
        else:
            yield (1, 0, after - 1, phase), mu

    chain = steady((0, 0, 0, 0), moves)
    waiting = chain.mean(lambda s: s[3] > 0)
    full = chain.mean(lambda s: s[1] + s[2] == places)
    return chain.mean(lambda s: s[1] + s[2]), full, waiting


def test_ageing_is_the_limit_of_many_phases():
    """Fixed times are Erlang times with ever more phases: the error falls as 1/phases."""
    args = ((25.0, 12.0), 90.0, 4, (120.0, 300.0))
    first, second = ageing(*args)
    ours = np.array([first.queue_mean, first.p_blocked, second.p_blocked])
    few, many = (np.array(aged_by_phases(*args, phases)) for phases in (20, 40))
    assert 2 * many - few == pytest.approx(ours, rel=5e-4)
    assert np.all(np.abs(many - ours) < np.abs(few - ours) + 1e-9)


def test_ageing_never_is_priority_and_at_once_goes_first():
    """Never: the second waits until the first are gone; at once: for the one in service only."""
    never, _ = (one.queue_mean for one in ageing((25.0, 12.0), 90.0, 4, (1e5, 2e5)))
    soon, second = ageing((25.0, 12.0), 90.0, 4, (0.0, 1e-6))
    assert second.wait_mean_s == pytest.approx(90.0 * (soon.busy_mean + second.busy_mean - second.p_blocked) /
                                               (1 - second.p_blocked), rel=1e-6)  # fmt: skip
    assert soon.queue_mean > never


def test_passing_is_the_matrix_exponential():
    rng = np.array([[-0.3, 0.2, 0.1], [0.5, -0.9, 0.1], [0.0, 0.4, -0.4]])  # the second row loses 0.3
    start = np.array([[1.0, 0.0, 0.0], [0.2, 0.3, 0.5]])
    end, spent = passing(rng, start, 7.0)
    whole = linalg.expm(np.block([[rng, np.eye(3)], [np.zeros((3, 6))]]) * 7.0)
    assert end == pytest.approx(start @ whole[:3, :3], abs=1e-12)
    assert spent == pytest.approx(start @ whole[:3, 3:], abs=1e-11)
    assert passing(rng, start, 0.0)[0] == pytest.approx(start)


def test_a_day_is_what_an_integrator_makes_of_its_equations():
    """Runge–Kutta on the equations written again: staff rises, falls while all are busy, rises."""
    edges, rates, staff = (0.0, 1200.0, 2400.0, 4800.0), (90.0, 70.0, 30.0), (3, 1, 2)
    mu, theta, places, most = 1 / 150, 1 / 240, 25, 3
    course = transient(edges, rates, staff, 150.0, 240.0, places)
    p, queues, duty = np.zeros((most + 1, places + 1)), [], []
    p[0, 0] = 1.0
    for begin, end, rate, now in zip(edges[:-1], edges[1:], rates, staff, strict=True):
        for b in range(now):
            for k in range(places, 0, -1):
                start = min(now - b, k)
                p[b + start, k - start] += p[b, k]
                p[b, k] = 0.0

        def slope(_, flat, rate=rate / 3600, now=now):
            p, d = flat[:-2].reshape(most + 1, -1), np.zeros((most + 1, places + 1))

            def move(b, k, c, m, flow):
                d[b, k] -= flow
                d[c, m] += flow

            for b in range(most + 1):
                for k in range(places + 1):
                    if p[b, k] == 0:
                        continue
                    if b < now:
                        move(b, k, b + 1, k, rate * p[b, k])
                    elif k < places:
                        move(b, k, b, k + 1, rate * p[b, k])
                    if b:
                        takes = k > 0 and b <= now
                        move(b, k, b if takes else b - 1, k - takes, b * mu * p[b, k])
                    if k:
                        move(b, k, b, k - 1, k * theta * p[b, k])
            queue = (p * np.arange(places + 1)).sum()
            on_duty = (p * np.maximum(np.arange(most + 1), now)[:, None]).sum()
            return np.append(d.ravel(), (queue, on_duty))

        done = solve_ivp(slope, (0, end - begin), np.append(p.ravel(), (0.0, 0.0)), rtol=1e-7, atol=1e-9)
        p = done.y[:-2, -1].reshape(most + 1, -1)
        queues.append(done.y[-2, -1] / (end - begin))
        duty.append(done.y[-1, -1] / (end - begin))
    assert course.queue_mean == pytest.approx(queues, abs=1e-5)
    assert course.on_duty_mean == pytest.approx(duty, abs=1e-5)
    assert course.left_waiting == pytest.approx((p * np.arange(places + 1)).sum(), abs=1e-5)


def test_a_long_day_settles_at_erlang_a_and_loses_nobody():
    course = transient((0.0, 40_000.0, 80_000.0), (100.0, 100.0), (5, 5), 180.0, 300.0, 80)
    steady_state = erlang_a(5, 100, 180, 300)
    assert course.queue_mean[1] == pytest.approx(steady_state.queue_mean, rel=1e-6)
    assert course.busy_mean[1] == pytest.approx(5 * steady_state.occupancy, rel=1e-6)
    came, served = 100 / 3600 * 80_000, (course.busy_mean * 40_000 / 180).sum()
    left = course.left_waiting + course.left_served
    assert served + course.abandoned.sum() + left == pytest.approx(came, rel=1e-9)
