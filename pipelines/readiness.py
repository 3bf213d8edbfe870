"""What a city of real people has to have of its own before it publishes: the code comes with a sample's."""

from pipelines.identity.weights import Weights
from pipelines.lars import FOLDER as LARS
from pipelines.lars import Lars
from pipelines.pipeline import Pipeline
from pipelines.releases.lifecycle import NotNowError


def lacking(pipeline: Pipeline) -> list[str]:
    """Return a line for each thing that is not the city's own yet; none for an invented city.

    Raises:
        LarsError, PolicyError, WeightsError: one of them cannot be read.
    """
    if pipeline.synthetic:
        return []
    paths, policy, found = pipeline.paths, pipeline.policy, []
    if policy.signed is None:
        found.append(
            f"{paths.policy.name}: nobody has signed the disclosure control policy. Who answers for data "
            "protection writes [signed] with by, on and the version"
        )
    elif policy.signed.version != policy.version:
        found.append(
            f"{paths.policy.name}: version {policy.signed.version} of the policy is signed, and it is "
            f"version {policy.version} now. Have it signed again"
        )
    if Lars(paths.reference / LARS).archive is None:
        found.append(
            f"reference/{LARS}: the learning aims are a sample's. Put DfE's zip of the Learning Aim "
            "Reference Service there"
        )
    if pipeline.city.linkage.names and Weights.read(paths.linkage_model).synthetic:
        found.append(
            f"{paths.linkage_model.name}: the linkage's model is of an invented city. Train it on your own "
            "records: learning-indicators train-linkage"
        )
    return found


def refuse_unready(pipeline: Pipeline) -> None:
    """Refuse to publish what rests on a sample's lists, or on a policy that nobody signed.

    Raises:
        NotNowError: it does.
    """
    if lines := lacking(pipeline):
        raise NotNowError(f"nothing is published of real people yet. {'. '.join(lines)}")
