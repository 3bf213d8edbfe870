"""Folders that appear whole or not at all, and links that switch in one step, through a power cut too."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

BUILDING = ".building"


def write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files into a new folder, so that they last; it may have a name that stands for half-made."""
    for name, content in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
    for inner in (folder, *(path for path in folder.rglob("*") if path.is_dir())):
        _sync(inner)


def write_file(file: Path, text: str) -> None:
    """Write a file that everybody may read in one step: readers see the old one or the new one."""
    if file.is_file() and file.read_text("utf-8") == text:
        return
    building = file.with_name(f".{file.name}{BUILDING}")
    building.write_text(text, "utf-8")
    building.replace(file)


def read_folder(folder: Path) -> dict[str, bytes]:
    """Return the files of a folder: relative name → content."""
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def appear(building: Path, folder: Path) -> None:
    """Give a finished folder its name, in one step that lasts."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    building.rename(folder)
    _sync(folder.parent)


def point(link: Path, folder: Path | None) -> None:
    """Switch a symbolic link to a folder beneath its own, in one step; take it away where there is none."""
    if folder is None:
        link.unlink(missing_ok=True)
        return
    target = folder.relative_to(link.parent)
    if link.is_symlink() and link.readlink() == target:
        return
    building = _link_in_the_making(link)
    building.symlink_to(target)
    building.replace(link)
    _sync(link.parent)


def clear(root: Path, link: Path) -> None:
    """Remove what a process that died left half-made in the folders of a root."""
    for leftover in root.glob(f"*/{BUILDING}"):
        shutil.rmtree(leftover)
    _link_in_the_making(link).unlink(missing_ok=True)


def _link_in_the_making(link: Path) -> Path:
    return link.with_name(f".{link.name}{BUILDING}")


def _sync(folder: Path) -> None:
    """Make the names in a folder last through a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
