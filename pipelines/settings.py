"""Files that people write and a run only reads: TOML, held against a model."""

import tomllib
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

Model = TypeVar("Model", bound=BaseModel)


def read_settings(model: type[Model], file: Path, error: type[Exception]) -> Model:
    """Read a file.

    Args:
        model: what it must be.
        file: of settings.
        error: is raised where the file is not TOML or breaks the model; names the file and each fault.
    """
    try:
        return model(**tomllib.loads(file.read_text("utf-8")))
    except tomllib.TOMLDecodeError as fault:
        raise error(f"{file.name}: {fault}") from None
    except ValidationError as faults:
        said = [(".".join(map(str, fault["loc"])), fault["msg"]) for fault in faults.errors()]
    texts = (": ".join(filter(None, parts)) for parts in said)
    raise error(f"{file.name}: {'; '.join(texts)}")
