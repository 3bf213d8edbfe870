"""The manifest of a release: what it lists, and whether the files beside it are those."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from pipelines.releases.folders import read_folder
from pipelines.releases.marks import without_marks

MANIFEST, STEPS = "manifest.json", "steps"
"""Its file, and what publication adds to it: who took which step."""


def manifest_text(manifest: Mapping) -> str:
    """Return a manifest as it is written."""
    return json.dumps(manifest, indent=1, ensure_ascii=False) + "\n"


def without_steps(manifest: Mapping) -> dict:
    """Return a manifest as it was built, before its release was published."""
    return {name: said for name, said in manifest.items() if name != STEPS}


def digest_of(content: bytes) -> str:
    """Return the SHA-256 of a file."""
    return hashlib.sha256(content).hexdigest()


def faults(folder: Path, built: str = "") -> list[str]:
    """Return what is wrong with a release on disk: a line for each file, none where it is whole.

    Args:
        folder: of the release; of a candidate, too.
        built: SHA-256 of the manifest as it was built, where somebody else wrote that down.
    """
    there = without_marks(read_folder(folder))
    try:
        manifest = json.loads(there.pop(MANIFEST))
        listed = {name: of["sha256"] for name, of in manifest["files"].items()}
    except KeyError:
        return [f"{MANIFEST}: missing, or it lists no files"]
    except (ValueError, TypeError, AttributeError):
        return [f"{MANIFEST}: not a manifest"]
    wrong = [f"{name}: missing" for name in sorted(listed.keys() - there.keys())]
    wrong += [f"{name}: not in the manifest" for name in sorted(there.keys() - listed.keys())]
    changed = (
        name for name in sorted(there.keys() & listed.keys()) if digest_of(there[name]) != listed[name]
    )
    wrong += [f"{name}: changed" for name in changed]
    if built and digest_of(manifest_text(without_steps(manifest)).encode()) != built:
        wrong.append(f"{MANIFEST}: not the one that was built")
    return wrong
