"""Which code makes a release."""

import hashlib

from pipelines.paths import Paths

LOCK = ".requirements.lock"


def code_version(paths: Paths) -> str:
    """Return the hash of the code and SQL that make a release, and of the versions of the libraries."""
    digest = hashlib.sha256()
    files = [*paths.code.glob("pipelines/**/*"), *paths.sql.glob("**/*"), paths.code / LOCK]
    for file in sorted(f for f in files if f.is_file() and "__pycache__" not in f.parts):
        digest.update(file.relative_to(paths.code).as_posix().encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()
