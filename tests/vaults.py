"""The vault of tests. On its own: who wants no more loads no more."""

from pathlib import Path

from pipelines.identity.keys import Secrets
from pipelines.identity.vault import Vault

SECRETS = Secrets.derive(b"a secret for tests")


def vault(folder: Path) -> Vault:
    """Return the vault of a folder, under the key of the tests."""
    return Vault.unlock(folder, SECRETS.vault)
