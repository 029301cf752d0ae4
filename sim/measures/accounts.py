"""Results of units: how they share income and cost by the scenario's postings, so that they add up to the bank's."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.model.money import HOME

if TYPE_CHECKING:
    from sim.measures.kernel import Tallies
    from sim.model import Scenario
    from sim.tables import Tables
    from sim.tables.types import Floats, Ints


class Ledger(NamedTuple):
    """Of one replication, in the scenario's currency; U units."""

    income: float
    """The bank's, straight from the amounts."""
    incomes: Floats  # (U,)
    cost: Floats  # (U,) borne, after it is shared
    bills: Floats  # (U,) owed to other units: prices, and shares of the cost of their teams and equipment
    results: Floats  # (U,) income − cost + prices received − prices paid


class Accounts:
    """The postings of a scenario."""

    def __init__(
        self, scenario: Scenario, tables: Tables, units: tuple[str, ...], unit_of: Ints, kinds: tuple[str, ...]
    ) -> None:
        self.units, self.unit_of = units, unit_of
        self.used = bool(scenario.unit or scenario.posting)
        number = {name: index for index, name in enumerate(units)}
        kind = {name: index for index, name in enumerate(kinds)}
        n_units, n_places = len(units), len(tables.names.places)

        def parts(shares: dict[str, float]) -> Floats:
            """Return what each unit has of one unit of money at each place, (D, U)."""
            out = np.zeros((n_places, n_units))
            for name, share in shares.items():
                if name == HOME and n_units:
                    out[np.arange(n_places), unit_of] += share
                elif name in number:
                    out[:, number[name]] += share
            return out

        self.incomes: list[tuple[int, float, Floats]] = []
        self.prices: list[tuple[int, float, Floats, Floats]] = []
        self.borne: dict[int, Floats | None] = {}
        """Pool → shares of its cost, None: by use."""
        for posting in scenario.posting.values():
            shares = {} if posting.shares is None or posting.shares == "use" else dict(posting.shares)
            if posting.kind is not None and posting.income is not None:
                self.incomes.append((kind[posting.kind], posting.income, parts(shares or {HOME: 1.0})))
            elif posting.kind is not None and posting.price is not None:
                ways = (parts({posting.from_ or HOME: 1.0}), parts({posting.to or HOME: 1.0}))
                self.prices.append((kind[posting.kind], posting.price, *ways))
            for pool, team in enumerate(tables.names.teams):
                if posting.cost_of == team:
                    place = int(tables.compiled.pool["place"][pool])
                    self.borne[pool] = None if posting.shares == "use" else parts(shares)[place]
        self.owner = unit_of[tables.compiled.pool["place"]] if units else np.zeros(0, np.int32)

    def __call__(self, tallies: Tallies, cost: Floats, at_place: Floats, used_s: Floats | None) -> Ledger:
        """Return the ledger of one replication.

        Parameters
        ----------
        tallies : Tallies
        cost, at_place : (P,) and (D,) arrays
            What each pool costs, and each place besides.
        used_s : (U, P) array, optional
            Seconds that visits of each unit held each pool; None without units.
        """
        n_places, n_units = at_place.size, len(self.units)
        amounts = tallies.event[:, :n_places, 1]
        income = sum(rate * float(amounts[kind].sum()) for kind, rate, _ in self.incomes)
        incomes, borne, paid, got, shared = (np.zeros(n_units) for _ in range(5))
        if not n_units or used_s is None:
            return Ledger(income, incomes, borne, paid, incomes)
        for kind, rate, shares in self.incomes:
            incomes += rate * (amounts[kind] @ shares)
        for kind, price, pays, gets in self.prices:
            money = price * amounts[kind] * (1.0 - (pays * gets).sum(axis=1))  # nobody pays himself
            paid += money @ pays
            got += money @ gets
        np.add.at(borne, self.unit_of, at_place)
        for pool, owner in enumerate(self.owner.tolist()):
            shares = np.zeros(n_units)
            shares[owner] = 1.0
            fixed = self.borne.get(pool, shares)
            if fixed is not None:
                shares = fixed
            elif used_s[:, pool].sum() > 0:
                shares = used_s[:, pool] / used_s[:, pool].sum()
            borne += cost[pool] * shares
            shared += cost[pool] * shares
            shared[owner] -= cost[pool] * shares[owner]
        return Ledger(income, incomes, borne, paid + shared, incomes - borne + got - paid)
