"""The formats the reception desk knows. A new one is a module in this folder and a line here."""

from pipelines.extracts import (
    apprenticeship_service,
    community_learning,
    early_years_census,
    ilr,
    school_census,
)
from pipelines.extracts.returns import Format

FORMATS: tuple[Format, ...] = (
    ilr,
    school_census,
    community_learning,
    apprenticeship_service,
    early_years_census,
)

ACCEPTED_TABLES = {
    f"{module.COLLECTION}_{contract.table}": (module, contract)
    for module in FORMATS
    for contract in module.CONTRACTS.values()
    if contract.keep
}
"""Name in schema `accepted` → format and contract, for the tables that SQL can read."""
