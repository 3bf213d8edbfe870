"""A synthetic city: invented people, the extracts their providers send, and the truth about them."""

from pipelines.synthetic.city import DEFAULT_FAULTS, MARK, SyntheticCity, write_city
from pipelines.synthetic.error_profile import CLEAN, HARSH, PROFILES, REALISTIC, ErrorProfile
from pipelines.synthetic.sample import SAMPLE, write_sample
from pipelines.synthetic.truth import Truth, true_participation

__all__ = [
    "CLEAN",
    "DEFAULT_FAULTS",
    "HARSH",
    "MARK",
    "PROFILES",
    "REALISTIC",
    "SAMPLE",
    "ErrorProfile",
    "SyntheticCity",
    "Truth",
    "true_participation",
    "write_city",
    "write_sample",
]
