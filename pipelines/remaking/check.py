"""Whether the files of a release are what they should be: what was built, and what its counts make."""

from pipelines.auditor.audit import Files
from pipelines.auditor.releases import Release, UnreadableReleaseError
from pipelines.paths import Paths
from pipelines.releases.manifests import faults
from pipelines.releases.names import Name, UnknownNameError
from pipelines.releases.record import RECORD, RecordError
from pipelines.releases.shelf import Shelf
from pipelines.remaking.remade import unlike_remade
from pipelines.versions import code_version


def check_files(release: Release) -> Files:
    """Look at every byte of a release: is it what was built, and is it what its own counts make?

    What another version of the code made cannot be made again.

    Raises:
        UnreadableReleaseError: the record of releases beside it, or its manifest, cannot be read.
    """
    paths = Paths.of_repository()
    changed = tuple(_changed(release))
    if changed or release.manifest.get("code_version") != code_version(paths):
        return Files(remade=False, faults=changed)
    return Files(remade=True, faults=tuple(unlike_remade(release.folder, paths.sql)))


def _changed(release: Release) -> list[str]:
    """Return what was changed of a release since it was built, by the record beside it if there is one."""
    folder = release.folder
    place = folder.parent if folder.name == "release" else folder
    try:
        name = Name.parse(f"{place.parent.name}/{place.name}")
    except UnknownNameError:
        return faults(folder)
    var = place.parents[2]
    if not (var / RECORD).is_file():
        return faults(folder)
    try:
        return Shelf(var).faults(name)
    except RecordError as error:
        raise UnreadableReleaseError(str(error)) from None
