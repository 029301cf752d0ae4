"""Each formula against another way of computing it: linear algebra on the chain, closed forms, limits."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import linalg
from scipy.integrate import quad
from scipy.stats import gamma, lognorm

from sim.model import InputError, LawValues
from sim.theory import (
    erlang_a,
    erlang_b,
    erlang_c,
    expected_min,
    impatient,
    jackson,
    law_moments,
    mg1,
    offered_load,
    priorities,
    servers_needed,
)

LAWS = [
    LawValues("exponential", 300.0),
    LawValues("lognormal", 600.0, 0.7),
    LawValues("gamma", 600.0, 0.5),
    LawValues("weibull", 400.0, 1.3),
    LawValues("deterministic", 240.0),
    LawValues("uniform", 60.0, 180.0),
    LawValues("empirical", points=((0.0, 10.0), (0.4, 100.0), (0.9, 100.0), (1.0, 900.0))),
]


def chain(servers: int, rate: float, mu: float, theta: float, size: int) -> np.ndarray:
    """Return the generator of the number in the system of M/M/s+M, cut at `size` states (per second)."""
    q = np.zeros((size, size))
    for n in range(size):
        if n + 1 < size:
            q[n, n + 1] = rate
        if n:
            q[n, n - 1] = min(n, servers) * mu + max(n - servers, 0) * theta
        q[n, n] = -q[n].sum()
    return q


def stationary(q: np.ndarray) -> np.ndarray:
    """Return the stationary distribution by linear algebra: πQ = 0, Σπ = 1."""
    system = np.vstack([q.T, np.ones(len(q))])
    right = np.zeros(len(q) + 1)
    right[-1] = 1.0
    return np.linalg.lstsq(system, right, rcond=None)[0]


def tagged(servers: int, mu: float, theta: float, size: int) -> np.ndarray:
    """Return the generator of one waiting customer: states 0 … size−1 ahead, then served, then abandoned."""
    q = np.zeros((size + 2, size + 2))
    for ahead in range(size):
        q[ahead, ahead - 1 if ahead else size] += servers * mu + ahead * theta
        q[ahead, size + 1] += theta
        q[ahead, ahead] = -q[ahead].sum()
    return q


def test_erlang_b_is_the_ratio_of_its_definition():
    """B(s, a) = (a^s / s!) / Σ a^k / k!, computed here term by term."""
    for servers, load in [(1, 0.3), (5, 4.0), (18, 17.5), (40, 60.0)]:
        terms = [load**k / math.factorial(k) for k in range(servers + 1)]
        assert erlang_b(servers, load) == pytest.approx(terms[-1] / sum(terms), rel=1e-12)


def test_erlang_b_stays_exact_where_powers_overflow():
    """Known: B = 1 − s/a + o(1) when far too small; and B(0, a) = 1, B(s, 0) = 0."""
    assert erlang_b(0, 12.0) == 1.0
    assert erlang_b(3, 0.0) == 0.0
    assert erlang_b(1000, 1e6) == pytest.approx(1 - 1000 / 1e6, abs=1e-6)
    assert 0 < erlang_b(40_000, 40_000.0) < 0.005


def test_erlang_c_of_one_server_is_m_m_1():
    """M/M/1: P(wait) = ρ and E[W] = ρ / (μ − λ); λ = 30/h, 1/μ = 90 s gives ρ = 0.75, E[W] = 270 s."""
    one = erlang_c(1, 30, 90)
    assert one.p_wait == pytest.approx(0.75)
    assert one.wait_mean_s == pytest.approx(270)
    assert one.queue_mean == pytest.approx(0.75**2 / 0.25)
    assert one.within(90) == pytest.approx(1 - 0.75 * math.exp(-0.25))


def test_erlang_c_gives_the_bank_contest_figure():
    """Domain notes §2: λ = 35/h, μ = 7.8534/h, six windows: ρ = 0.743, mean wait 2.0 min."""
    bank = erlang_c(6, 35, 3600 / 7.8534)
    assert bank.occupancy == pytest.approx(0.743, abs=5e-4)
    assert bank.wait_mean_s / 60 == pytest.approx(2.0, abs=0.05)


def test_erlang_c_without_a_steady_state_says_so():
    full = erlang_c(3, 100, 120)
    assert (full.p_wait, full.wait_mean_s, full.within(3600)) == (1.0, math.inf, 0.0)


@pytest.mark.parametrize(
    ("servers", "rate", "service_s", "patience_s"),
    [(1, 20, 120, 300), (4, 60, 240, 90), (18, 300, 210, 180), (10, 100, 600, 60), (0, 5, 60, 120)],
)
def test_erlang_a_is_the_stationary_chain(servers, rate, service_s, patience_s):
    """Every figure from the generator's null space and the matrix exponential of a tagged customer."""
    lam, mu, theta = rate / 3600, 1 / service_s, 1 / patience_s
    size = servers + 80
    p = stationary(chain(servers, lam, mu, theta, size))
    n = np.arange(size)
    ours = erlang_a(servers, rate, service_s, patience_s)
    queue = float(np.maximum(n - servers, 0) @ p)
    assert ours.p_wait == pytest.approx(p[servers:].sum(), abs=1e-10)
    assert ours.p_abandon == pytest.approx(theta * queue / lam, abs=1e-10)
    assert ours.wait_mean_s == pytest.approx(queue / lam, abs=1e-7)
    if servers:
        assert ours.occupancy == pytest.approx(np.minimum(n, servers) @ p / servers, abs=1e-10)
    waiting = size - servers
    life = tagged(servers, mu, theta, waiting)
    for within_s in (0.0, 15.0, 60.0, 400.0):
        moved = linalg.expm(life * within_s)[:waiting]
        served = p[:servers].sum() + p[servers:] @ moved[:, waiting]
        assert ours.within(within_s) == pytest.approx(served, abs=1e-9)
        assert ours.gone_within(within_s) == pytest.approx(p[servers:] @ moved[:, waiting + 1], abs=1e-9)
    if servers:
        late, _ = quad(lambda t: 1 - ours.p_abandon - ours.within(t), 0, 40 * patience_s, limit=400)
        assert ours.wait_served_mean_s == pytest.approx(late / (1 - ours.p_abandon), rel=1e-5)


def test_erlang_a_agrees_with_the_density_of_the_offered_wait():
    """Baccelli and Hebuterne 1981: the offered wait has density v(x) ∝ exp(λ∫P(X > u)du − sμx)."""
    servers, rate, service_s, patience_s, within_s = 18, 300.0, 210.0, 180.0, 20.0
    lam, mu, theta = rate / 3600, 1 / service_s, 1 / patience_s
    station = erlang_a(servers, rate, service_s, patience_s)

    def density(x: float) -> float:
        return math.exp(lam * (1 - math.exp(-theta * x)) / theta - servers * mu * x)

    whole, _ = quad(density, 0, 5000)
    kept, _ = quad(lambda x: density(x) * math.exp(-theta * x), 0, within_s)
    assert station.within(within_s) == pytest.approx(1 - station.p_wait + station.p_wait * kept / whole, abs=1e-9)


def test_erlang_a_with_endless_patience_is_erlang_c():
    c, a = erlang_c(12, 100, 360), erlang_a(12, 100, 360, 1e9)
    assert a.p_wait == pytest.approx(c.p_wait, rel=1e-4)
    assert a.wait_mean_s == pytest.approx(c.wait_mean_s, rel=1e-3)
    assert a.within(60) == pytest.approx(c.within(60), rel=1e-4)
    assert erlang_a(12, 100, 360, math.inf) == c


def test_erlang_a_with_patience_as_long_as_service_is_poisson():
    """θ = μ makes M/M/s+M an M/M/∞: the number in the system is Poisson with mean a, whatever s."""
    servers, load = 7, 6.0
    station = erlang_a(servers, load * 3600 / 300, 300, 300)
    poisson = [math.exp(-load) * load**k / math.factorial(k) for k in range(servers)]
    assert station.p_wait == pytest.approx(1 - sum(poisson), rel=1e-12)


def test_erlang_a_holds_for_thousands_of_servers():
    """planning.md §2 saw 5,900 servers take others a minute; limits: P(abandon) → 1 − s/a far in overload."""
    heavy = erlang_a(4000, 100_000, 210, 180)
    assert heavy.p_abandon == pytest.approx(1 - 4000 / (100_000 * 210 / 3600), rel=1e-6)
    assert erlang_a(7000, 100_000, 210, 180).p_abandon < 1e-12


@pytest.mark.parametrize(
    ("servers", "rate", "service_s", "patience_s"),
    [(1, 20, 120, 300), (4, 60, 240, 90), (18, 300, 210, 180), (10, 300, 600, 60)],
)
def test_exponential_patience_makes_it_erlang_a(servers, rate, service_s, patience_s):
    """Two ways to the same figures: the chain of Erlang A, and the density of the offered wait of M/M/s+G."""
    a = erlang_a(servers, rate, service_s, patience_s)
    g = impatient(servers, rate, service_s, patience_s, expected_min(LawValues("exponential", patience_s)))
    for name in ("p_wait", "p_abandon", "wait_mean_s", "wait_served_mean_s", "occupancy", "queue_mean"):
        assert getattr(g, name) == pytest.approx(getattr(a, name), rel=1e-9), name
    for within_s in (0.0, 15.0, 60.0, 400.0, math.inf):
        assert g.within(within_s) == pytest.approx(a.within(within_s), abs=1e-9)
        assert g.gone_within(within_s) == pytest.approx(a.gone_within(within_s), abs=2e-5)


def test_fixed_patience_is_the_truncated_wait_of_m_m_s():
    """M/M/s+D: who waits is served iff less than d is offered; the density is M/M/s's up to d, then e^{λd − sμx}.

    Both pieces integrate by hand: with ε = sμ − λ, J = (1 − e^{−εd})/ε + e^{−εd}/(sμ).
    """
    servers, lam, mu, d = 5, 4.2 / 300, 1 / 300, 240.0
    drain, eps = servers * mu, servers * mu - lam
    first = (1 - math.exp(-eps * d)) / eps
    j = first + math.exp(-eps * d) / drain
    p_wait = lam * j / (1 / erlang_b(servers - 1, lam / mu) + lam * j)
    station = impatient(servers, lam * 3600, 300, d, expected_min(LawValues("deterministic", d)))
    assert station.p_wait == pytest.approx(p_wait, rel=1e-4)
    assert station.p_abandon == pytest.approx(p_wait * (j - first) / j, rel=1e-3)
    assert station.within(100) == pytest.approx(1 - p_wait + p_wait * (1 - math.exp(-eps * 100)) / eps / j, rel=1e-4)
    assert station.gone_within(100) == pytest.approx(0, abs=1e-4)


def test_the_centre_example_of_the_domain_notes():
    """Domain notes §3.3: 300 calls/h, 210 s, 18 agents, patience 180 s: 8.5 % lost, wait 15 s, busy .89."""
    centre = erlang_a(18, 300, 210, 180)
    assert centre.p_abandon == pytest.approx(0.085, abs=5e-4)
    assert centre.wait_mean_s == pytest.approx(15.3, abs=0.1)
    assert centre.occupancy == pytest.approx(0.89, abs=5e-3)


@given(
    servers=st.integers(1, 60),
    load=st.floats(0.05, 80),
    patience_s=st.floats(20, 4000),
    within_s=st.floats(0, 900),
)
def test_conventions_of_the_service_level_are_ordered(servers, load, patience_s, within_s):
    """A_T/O ≤ A_T/(O − SA) ≤ 1, A_T/O ≤ A_T/A, A_T/O ≤ (A_T + Ab_T)/O; and more time never hurts."""
    station = erlang_a(servers, load * 12, 300, patience_s)
    offered = station.service_level(within_s)
    for mode in ("offered_minus_short", "answered", "ab_in_T_ok"):
        value = station.service_level(within_s, mode, 5.0)
        assert offered - 1e-9 <= value <= 1 + 1e-9 or (mode == "offered_minus_short" and within_s < 5)
    assert station.within(within_s + 30) >= offered - 1e-9
    assert station.within(math.inf) == pytest.approx(1 - station.p_abandon, abs=1e-9)


@given(
    load=st.floats(0.01, 60),
    patience_s=st.one_of(st.just(math.inf), st.floats(30, 3000)),
    share=st.sampled_from([0.5, 0.8, 0.95]),
    within_s=st.sampled_from([0.0, 20.0, 180.0]),
)
def test_the_fewest_servers_keep_the_share_and_one_fewer_does_not(load, patience_s, share, within_s):
    rate, service_s = load * 3600 / 400, 400.0
    servers = servers_needed(rate, service_s, patience_s, share=share, within_s=within_s)
    assert erlang_a(servers, rate, service_s, patience_s).within(within_s) >= share
    assert erlang_a(servers - 1, rate, service_s, patience_s).within(within_s) < share


def test_pooling_saves_what_the_research_notes_say():
    """4 calls/h a branch, 15 min, 80 % in 300 s: 20 branches need 60 agents alone … 23 in one pool."""
    agents = [
        20 // size * servers_needed(4 * size, 900, math.inf, share=0.8, within_s=300) for size in (1, 2, 4, 5, 10, 20)
    ]
    assert agents == [60, 40, 30, 28, 26, 23]


def test_uncertain_days_need_more_servers():
    """Half the days 30 % busier, half quieter: the mean level over customers, by hand, decides."""
    days = ((0.5, 0.7), (0.5, 1.3))
    servers = servers_needed(60, 600, 300, share=0.8, within_s=60, days=days)

    def level(s: int) -> float:
        quiet, busy = erlang_a(s, 42, 600, 300).within(60), erlang_a(s, 78, 600, 300).within(60)
        return (42 * quiet + 78 * busy) / 120

    assert level(servers) >= 0.8 > level(servers - 1)
    assert servers > servers_needed(60, 600, 300, share=0.8, within_s=60)


def test_fewest_servers_for_a_patience_that_is_not_exponential():
    patience = expected_min(LawValues("weibull", 300.0, 1.6))
    mean = law_moments(LawValues("weibull", 300.0, 1.6))[0]
    servers = servers_needed(60, 400, mean, share=0.8, within_s=60, patience=patience)
    assert impatient(servers, 60, 400, mean, patience).within(60) >= 0.8
    assert impatient(servers - 1, 60, 400, mean, patience).within(60) < 0.8


def test_a_promise_of_everybody_is_refused():
    with pytest.raises(InputError) as error:
        servers_needed(10, 60, 60, share=1.0, within_s=10)
    assert error.value.faults[0].code == "share_out_of_reach"


def test_m_g_1_is_pollaczek_khinchine():
    """λ = 30/h, 90 s: exponential 270 s; deterministic half of it; cv 2 two and a half times as much."""
    assert mg1(30, 90, 1.0).wait_mean_s == pytest.approx(270)
    assert mg1(30, 90, 0.0).wait_mean_s == pytest.approx(135)
    assert mg1(30, 90, 2.0).wait_mean_s == pytest.approx(675)
    assert mg1(50, 90, 1.0).wait_mean_s == math.inf


def test_priorities_keep_the_conservation_law():
    """Kleinrock: Σ ρ_k W_k is the same in any order without pre-emption; with one class it is M/M/1."""
    rates, times = [10.0, 14.0, 4.0], [60.0, 120.0, 200.0]
    for order in ([0, 1, 2], [2, 1, 0], [1, 2, 0]):
        means = priorities([rates[i] for i in order], [times[i] for i in order])
        assert sum(m.occupancy * m.wait_mean_s for m in means) == pytest.approx(
            sum(m.occupancy for m in means)
            * sum(r / 3600 * t**2 for r, t in zip(rates, times, strict=True))
            / (1 - sum(r / 3600 * t for r, t in zip(rates, times, strict=True)))
        )
    assert priorities([30], [90])[0].wait_mean_s == pytest.approx(270)


def test_priorities_are_the_chain_of_two_classes():
    """M/M/1, two classes, equal service: the chain on (waiting 1, waiting 2) by linear algebra."""
    lam1, lam2, mu, top = 0.25, 0.3, 1.0, 45
    index = {(-1, 0): 0} | {(i, j): 1 + k for k, (i, j) in enumerate((i, j) for i in range(top) for j in range(top))}
    q = np.zeros((len(index), len(index)))
    for (i, j), here in index.items():
        if i < 0:
            q[here, index[0, 0]] += lam1 + lam2
            continue
        if i + 1 < top:
            q[here, index[i + 1, j]] += lam1
        if j + 1 < top:
            q[here, index[i, j + 1]] += lam2
        after = (i - 1, j) if i else (0, j - 1) if j else (-1, 0)
        q[here, index[after]] += mu
    q -= np.diag(q.sum(axis=1))
    q[:, 0] = 1.0  # πQ = 0 with one column replaced by Σπ = 1
    right = np.zeros(len(index))
    right[0] = 1.0
    p = linalg.solve(q.T, right)
    waiting = [sum(p[k] * max(state[c], 0) for state, k in index.items()) for c in (0, 1)]
    ours = priorities([lam1 * 3600, lam2 * 3600], [1.0, 1.0])
    assert ours[0].queue_mean == pytest.approx(waiting[0], rel=1e-6)
    assert ours[1].queue_mean == pytest.approx(waiting[1], rel=1e-6)


def test_a_class_behind_an_overload_waits_for_ever_and_the_others_do_not():
    first, second = priorities([30, 30], [90, 90])
    assert math.isfinite(first.wait_mean_s)
    assert second.wait_mean_s == math.inf
    assert first.occupancy + second.occupancy == pytest.approx(1.0)


def test_jackson_solves_the_traffic_and_sums_its_stations():
    """Two windows, a check that sends 30 % back: λ₁ = γ / (1 − 0.3), each station M/M/s by itself."""
    network = jackson([20, 0], [[0, 1], [0.3, 0]], [2, 1], [120, 60])
    rate = 20 / 0.7
    assert [s.rate_per_hour for s in network.stations] == pytest.approx([rate, rate])
    first, second = erlang_c(2, rate, 120), erlang_c(1, rate, 60)
    number = rate / 3600 * (first.wait_mean_s + 120 + second.wait_mean_s + 60)
    assert network.number_mean == pytest.approx(number)
    assert network.time_in_system_mean_s == pytest.approx(number / (20 / 3600))


def test_jackson_is_the_chain_of_the_network():
    """The joint chain of two single servers, by linear algebra, has the means of the product form."""
    gamma_, back, mu1, mu2, top = 0.2, 0.25, 0.6, 0.5, 40
    q = np.zeros((top * top, top * top))
    for i in range(top):
        for j in range(top):
            here = i * top + j
            if i + 1 < top:
                q[here, here + top] += gamma_
            if i and j + 1 < top:
                q[here, here - top + 1] += mu1
            if j:
                q[here, here - 1] += mu2 * (1 - back)
                if i + 1 < top:
                    q[here, here + top - 1] += mu2 * back
    q -= np.diag(q.sum(axis=1))
    q[:, 0] = 1.0
    right = np.zeros(len(q))
    right[0] = 1.0
    p = linalg.solve(q.T, right).reshape(top, top)
    network = jackson([gamma_ * 3600, 0], [[0, 1], [back, 0]], [1, 1], [1 / mu1, 1 / mu2])
    assert network.stations[0].number_mean == pytest.approx(p.sum(axis=1) @ np.arange(top), rel=1e-4)
    assert network.stations[1].number_mean == pytest.approx(p.sum(axis=0) @ np.arange(top), rel=1e-4)


def survival(law: LawValues, x: float) -> float:
    """Return P(S > x), from scipy or from the definition."""
    if law.kind == "exponential":
        return math.exp(-x / law.a)
    if law.kind == "lognormal":
        s = math.sqrt(math.log1p(law.b**2))
        return float(lognorm.sf(x, s, scale=law.a * math.exp(-(s**2) / 2)))
    if law.kind == "gamma":
        return float(gamma.sf(x, 1 / law.b**2, scale=law.a * law.b**2))
    if law.kind == "weibull":
        return math.exp(-((x / law.a) ** law.b))
    if law.kind == "deterministic":
        return float(x < law.a)
    if law.kind == "uniform":
        return 1 - min(1.0, max(0.0, (x - law.a) / (law.b - law.a)))
    at, values = zip(*law.points, strict=True)
    drawn = np.interp((np.arange(2000) + 0.5) / 2000, at, values)
    return 1 - float(np.searchsorted(drawn, x, side="right")) / 2000


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.kind)
def test_expected_min_is_the_integral_of_survival(law):
    grid = np.linspace(0, 2500, 20_001)
    alive = np.array([survival(law, x) for x in grid])
    area = np.concatenate(([0], np.cumsum((alive[1:] + alive[:-1]) / 2 * np.diff(grid))))
    at = np.linspace(0, len(grid) - 1, 26).astype(int)
    assert expected_min(law)(grid[at]) == pytest.approx(area[at], abs=0.6, rel=1e-3)
    assert float(expected_min(law)(np.array([1e7]))[0]) == pytest.approx(law_moments(law)[0], rel=1e-6)


@pytest.mark.parametrize("law", LAWS[:4], ids=lambda law: law.kind)
def test_law_moments_are_the_integrals_of_survival(law):
    mean, second = law_moments(law)
    assert mean == pytest.approx(quad(lambda x: survival(law, x), 0, 60_000, limit=500)[0], rel=1e-4)
    assert second == pytest.approx(quad(lambda x: 2 * x * survival(law, x), 0, 200_000, limit=900)[0], rel=1e-3)


def test_law_moments_of_bounded_laws():
    assert law_moments(LAWS[4]) == (240.0, 240.0**2)
    assert law_moments(LAWS[5]) == pytest.approx((120.0, 120.0**2 + 120.0**2 / 12))
    u = np.linspace(0, 1, 200_001)
    drawn = np.interp(u, *zip(*LAWS[6].points, strict=True))
    assert law_moments(LAWS[6]) == pytest.approx((drawn.mean(), (drawn**2).mean()), rel=1e-3)


def test_offered_load_of_exponential_service_solves_its_equation():
    """m' = λ(t) − μm, integrated here in small steps over three rates."""
    edges, rates, mean_s = np.array([0.0, 3600, 7200, 10_800]), np.array([60.0, 120.0, 0.0]), 900.0
    m, step = 0.0, 1.0
    for second in range(9000):
        rate = rates[int(second // 3600)] / 3600
        m += step * (rate - m / mean_s)
    load = offered_load([9000], edges, rates, expected_min(LawValues("exponential", mean_s)))
    assert load[0] == pytest.approx(m, rel=2e-3)


def test_offered_load_settles_at_rate_times_mean_for_any_law():
    """In the long run m = λ E[S] whatever the law (insensitivity of M/G/∞)."""
    for law in LAWS:
        load = offered_load([80_000], [0, 100_000], [30], expected_min(law))
        assert load[0] == pytest.approx(30 / 3600 * law_moments(law)[0], rel=1e-4)


def test_a_delayed_hold_moves_the_load_and_keeps_its_area():
    """A hold of 300 s that begins 600 s after arrival: load from then on; its area is all the work."""
    delay = expected_min(LawValues("deterministic", 600.0))
    both = expected_min(LawValues("deterministic", 900.0))
    times = np.arange(0.0, 7200.0, 10.0)
    load = offered_load(times, [0, 1800], [60], both, delay)
    assert load[times <= 600].max() == 0.0
    assert load.max() == pytest.approx(60 / 3600 * 300)
    assert load.sum() * 10 == pytest.approx(30 * 300, rel=1e-6)


def worst_and_mean(staff: np.ndarray, mean_s: float) -> tuple[float, float]:
    """Return worst and mean P(wait ≤ 60 s) of a quarter-hour of hours 6–12; patience 600 s."""
    mu, theta, size = 1 / mean_s, 1 / 600.0, 70
    p = np.zeros(size)
    p[0] = 1.0
    n = np.arange(size)
    levels = []
    served: dict[int, np.ndarray] = {}
    for quarter, servers in enumerate(staff):
        s = int(servers)
        death = np.minimum(n, s) * mu + np.maximum(n - s, 0) * theta
        if s not in served:
            life = linalg.expm(tagged(s, mu, theta, size) * 60.0)[:size, size]
            served[s] = np.concatenate([np.ones(s), life])[:size]
        found = []
        for part in range(5):
            middle = quarter * 900 + part * 180 + 90
            lam = (60 + 36 * math.sin(2 * math.pi * (middle / 3600 - 1) / 6)) / 3600
            q = np.diag(np.full(size - 1, lam), 1) + np.diag(death[1:], -1)
            q -= np.diag(q.sum(axis=1))
            half = linalg.expm(q * 90)
            p = p @ half
            found.append(float(p @ served[s]))
            p = p @ half
        levels.append(float(np.mean(found)))
    return min(levels[24:]), float(np.mean(levels[24:]))


def test_long_video_service_breaks_the_stationary_rule_and_not_the_modified_load():
    """20 min service, rate 60 ± 36 over 6 h, 80 % in 60 s: at equal hours the worst quarter is .5 and .8.

    SIPP (each quarter as if it had always been so) leaves a quarter with half its promise; MOL does not.
    """
    mean_s = 1200.0
    edges = np.arange(-86_400.0, 86_401.0, 900.0)
    middle = (edges[:-1] + 450) / 3600
    rates = 60 + 36 * np.sin(2 * np.pi * (middle - 1) / 6)
    today = rates[middle > 0]
    law = LawValues("exponential", mean_s)
    quarters = np.arange(450.0, 86_400.0, 900.0)
    modified = offered_load(quarters, edges, rates, expected_min(law)) / mean_s * 3600

    def staff(by_quarter: np.ndarray) -> np.ndarray:
        needed = {rate: servers_needed(rate, mean_s, 600, share=0.8, within_s=60) for rate in set(by_quarter.round(6))}
        return np.array([needed[rate] for rate in by_quarter.round(6)])

    plain, better = staff(today), staff(modified)
    worst_plain, _ = worst_and_mean(plain[:48], mean_s)
    worst_better, mean_better = worst_and_mean(better[:48], mean_s)
    assert abs(int(better.sum()) - int(plain.sum())) <= 0.02 * plain.sum()
    assert worst_plain < 0.55
    assert worst_better > 0.77
    assert mean_better == pytest.approx(0.822, abs=0.01)
