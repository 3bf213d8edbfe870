"""Makes a release again from its own counts: every byte that does not come out the same is found.

A file may say whatever follows from counts that are published and from public facts, and nothing else. So the
figures, pages and descriptions of a release are made again from the counts in its data files and the facts in
its manifest, by the same code, and compared. A number from anywhere else cannot come out the same, in a text
file or in any other. (What the counts themselves give away is the auditor's question.)
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

import polars as pl

from pipelines.disclosure.protect import figures_of
from pipelines.publication.release import files_of
from pipelines.releases.folders import read_folder
from pipelines.releases.manifests import MANIFEST, STEPS, manifest_text, without_steps
from pipelines.releases.marks import without_marks
from pipelines.releases.record import Step
from pipelines.remaking.reading import StrangeFileError, read_manifest, read_sources

_OF_STEP = {"step", "by", "on"}


def unlike_remade(folder: Path, sql: Path) -> Iterator[str]:
    """Yield a line for each file of a release that its own counts and facts do not make, or is missing.

    Args:
        folder: of a release that this code made; of a candidate, too.
        sql: has the catalogue.
    """
    there = without_marks(read_folder(folder))
    try:
        manifest = read_manifest(folder)
        if there[MANIFEST] != manifest_text(manifest).encode():
            yield f"{MANIFEST}: has more in it than it says"
        there[MANIFEST] = _as_built(manifest)
        made = _made_again(folder, sql)
    except StrangeFileError as error:
        yield str(error)
        return
    for name in sorted(there.keys() | made.keys()):
        if name not in made:
            yield f"{name}: no file of a release"
        elif name not in there:
            yield f"{name}: missing"
        elif there[name] != made[name]:
            yield f"{name}: says something else than follows from the published counts"


def _made_again(folder: Path, sql: Path) -> Mapping[str, bytes]:
    """Return the files that the counts and facts of a release make.

    Raises:
        StrangeFileError: they make none.
    """
    of = read_sources(folder, sql)
    try:
        published = figures_of(of.counts, of.catalogue, of.policy, of.coverage, of.facts.strata)
        return files_of(published, of.linkage, of.catalogue, of.facts)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, pl.exceptions.PolarsError):
        # What is in the files is not repeated: it may be what should not be there.
        raise StrangeFileError("its counts and facts make no release") from None


def _as_built(manifest: Mapping) -> bytes:
    """Return a manifest as it was before its release was published.

    Raises:
        StrangeFileError: the steps of its publication are not as usual.
    """
    steps = manifest.get(STEPS, [])
    usual = isinstance(steps, list) and all(
        isinstance(step, dict)
        and step.keys() <= _OF_STEP
        and step.get("step") in (Step.APPROVED, Step.PUBLISHED)
        and all(isinstance(text, str) for text in step.values())
        for step in steps
    )
    if not usual:
        raise StrangeFileError(f"{MANIFEST}: the steps of publication are not as usual")
    return manifest_text(without_steps(manifest)).encode()
