"""The catalogue of scenarios: one small file a family, each declared where it is written.

`catalogue()` reads them all; it imports no engine, so that a screen can list names and parameters.
"""

from __future__ import annotations

from compliance.monitoring.scenarios.definition import CATALOGUE, Params, Scenario

__all__ = ["Params", "Scenario", "catalogue", "scenario_named"]


def catalogue() -> list[Scenario]:
    """Every scenario, by number."""
    from compliance.monitoring.scenarios import (  # noqa: F401
        addresses,
        amounts,
        exposure,
        flow,
        hot_wallets,
        identity,
        networks,
        orders,
        paths,
        prices,
        rewards,
        trading,
    )

    return CATALOGUE.all()


def scenario_named(name: str) -> Scenario:
    """Raises KeyError."""
    catalogue()
    return CATALOGUE.by_name[name]
