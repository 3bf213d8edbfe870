"""The formats the reception desk knows. A new one is a module in this folder and a line here."""

from pipelines.extracts import (
    apprenticeship_service,
    common_transfer_file,
    community_learning,
    early_years_census,
    ilr,
    school_census,
    student_record,
)
from pipelines.extracts.returns import Format

FORMATS: tuple[Format, ...] = (
    student_record,
    common_transfer_file,
    ilr,
    school_census,
    community_learning,
    apprenticeship_service,
    early_years_census,
)
"""In the order in which they are asked for their files: the ILR takes every XML file that is left."""


def format_of(collection: str) -> Format:
    """Return the format of this name.

    Raises:
        KeyError: there is none.
    """
    return {module.COLLECTION: module for module in FORMATS}[collection]


ACCEPTED_TABLES = {
    f"{module.COLLECTION}_{contract.table}": (module, contract)
    for module in FORMATS
    for contract in module.CONTRACTS.values()
    if contract.keep
}
"""Name in schema `accepted` → format and contract, for the tables that SQL can read."""
