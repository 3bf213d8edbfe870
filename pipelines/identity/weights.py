"""What was trained: how much each agreement weighs. A file that people review and the pipeline only reads."""

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipelines.identity.model import ATTRIBUTES, untrained


class WeightsError(Exception):
    """The trained model is missing, damaged, or of other comparisons than the code's. Says which."""


class LevelWeights(BaseModel):
    """One level: how often two records of one person (m) and of two people (u) agree so."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    label: str
    m: float = Field(gt=0, le=1)
    u: float = Field(gt=0, le=1)

    @property
    def weight(self) -> float:
        """The match weight: how many times agreeing so doubles the odds of one person."""
        return math.log2(self.m / self.u)


class Weights(BaseModel):
    """A trained model.

    Args:
        trained_on: what it was trained on, in words.
        synthetic: whether the people that it was trained on are invented.
        links_per_variant: links that are still to be found, to each variant that is compared. The prior of a
            pair follows from it: in a larger city two records are less likely to be of one person.
        attributes: attribute → its levels, most agreement first, none for values that are not known.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    trained_on: str
    synthetic: bool = False
    links_per_variant: float = Field(gt=0)
    attributes: dict[str, tuple[LevelWeights, ...]]

    @classmethod
    def read(cls, file: Path) -> Self:
        """Read a trained model.

        Raises:
            WeightsError: there is none, or it is not of the attributes and levels that the code compares.
        """
        if not file.exists():
            raise WeightsError(
                f"{file.name} does not exist: train the linkage first (learning-indicators train-linkage), "
                "or switch linkage by names off in city.toml"
            )
        try:
            weights = cls(**json.loads(file.read_text("utf-8")))
        except (json.JSONDecodeError, ValidationError) as error:
            raise WeightsError(f"{file.name} is not a trained model: {error}") from error
        weights._fits_the_code(file.name)
        return weights

    def write(self, file: Path) -> None:
        """Write it, in the same bytes for the same model."""
        file.write_text(json.dumps(self.model_dump(), indent=1) + "\n", "utf-8")

    def settings(self, variants: int) -> dict:
        """Return Splink's settings for a number of variants."""
        settings = untrained()
        for comparison in settings["comparisons"]:
            for level, trained in zip(
                _compared(comparison), self.attributes[comparison["output_column_name"]], strict=True
            ):
                level |= {"m_probability": trained.m, "u_probability": trained.u}
        prior = 2 * self.links_per_variant / max(variants - 1, 1)
        return settings | {"probability_two_random_records_match": min(prior, 0.5)}

    def changes_since(self, before: Self | None) -> list[str]:
        """Return a line for each level: its match weight, log2 of m over u, and what it was before."""
        lines = [f"trained on {self.trained_on}; {self.links_per_variant:.4f} links expected to each variant"]
        for attribute, levels in self.attributes.items():
            old = {level.label: level for level in before.attributes.get(attribute, ())} if before else {}
            for level in levels:
                was = f"  (was {old[level.label].weight:+.2f})" if level.label in old else ""
                lines.append(f"{attribute}: {level.label}: {level.weight:+.2f}{was}")
        return lines

    def _fits_the_code(self, name: str) -> None:
        compared = {
            c["output_column_name"]: tuple(level["label_for_charts"] for level in _compared(c))
            for c in untrained()["comparisons"]
        }
        trained = {a: tuple(level.label for level in levels) for a, levels in self.attributes.items()}
        if odd := [a for a in sorted(compared.keys() | trained) if compared.get(a) != trained.get(a)]:
            raise WeightsError(
                f"{name} was trained on another way to compare {', '.join(odd)}: train it anew"
            )


def _compared(comparison: dict) -> Iterator[dict]:
    return (level for level in comparison["comparison_levels"] if not level.get("is_null_level"))


def of_settings(trained: dict) -> dict[str, tuple[LevelWeights, ...]]:
    """Return attribute → levels of settings that Splink has trained.

    A level that occurred nowhere says nothing either way: m and u are the same, and its weight is 0. Of one
    that hardly ever occurred in records of one person, m is not less than one in ten thousand.

    Raises:
        WeightsError: an attribute has no trained level: nothing in the data shows how it differs.
    """
    attributes = {}
    for attribute, comparison in zip(ATTRIBUTES, trained["comparisons"], strict=True):
        levels = tuple(_compared(comparison))
        if all(level.get("m_probability") is None for level in levels):
            raise WeightsError(
                f"no two records of one person have a {attribute.name}: how it differs cannot be learned"
            )
        attributes[attribute.name] = tuple(_weights(level) for level in levels)
    return attributes


_SMALLEST = 1e-8
_LEAST_M = 1e-4
"""Where nobody errs, training finds that records of one person never differ so, and would let a single wrong
letter outweigh everything else once somebody does. One in ten thousand is what no city can rule out."""


def _weights(level: dict) -> LevelWeights:
    m, u = level.get("m_probability"), level.get("u_probability")
    if m is None:
        m = u = u or _SMALLEST
    else:
        m = max(m, _LEAST_M)
    u = u or _SMALLEST
    # Six digits: what a reviewer can compare, and more than the data can tell.
    return LevelWeights(
        label=level["label_for_charts"],
        m=float(f"{m:.6g}"),
        u=float(f"{max(u, _SMALLEST):.6g}"),
    )
