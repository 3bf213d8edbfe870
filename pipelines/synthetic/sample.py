"""The synthetic city that comes with the project."""

import shutil
import tempfile
from pathlib import Path

from pipelines.synthetic.city import SyntheticCity, clear, write_city
from pipelines.synthetic.truth import Truth

SAMPLE = SyntheticCity(seed=2030, people=8_700, adults=0.2, faults=0.03)
"""As large as fits into five megabytes: more than a hundred residents aged 4, so that 4.2.2 has a rate, and
fewer adult learners than a city has."""


def write_sample(root: Path) -> Truth:
    """Write the sample into `data/raw` and `data/reference` under `root`; return the truth.

    Raises:
        FileExistsError: `data/raw` holds extracts that are not marked as synthetic.
    """
    data = root / "data"
    with tempfile.TemporaryDirectory() as scratch:
        made = Path(scratch)
        truth = write_city(SAMPLE, made, data / "reference")
        clear(data / "raw")
        shutil.copytree(made / "raw", data / "raw")
        for name in ("provider.csv", "expected_return.csv"):
            shutil.copyfile(made / name, data / "reference" / name)
        shutil.copyfile(made / "population.csv", data / "reference" / "population_synthetic.csv")
    return truth
