"""The bodies of fine-tuning operations."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from tui.api.requests.common import METADATA_HELP, Metadata, RequestModel

EPOCHS_HELP = "How often all examples are seen, 1 to 50, or auto."
BATCH_HELP = "Examples in a batch, 1 to 256, or auto."
RATE_HELP = "Scales the learning rate; smaller is safer against learning by heart. Or auto."

Auto = Literal["auto"]
Epochs = Annotated[int, Field(ge=1, le=50)]
Batch = Annotated[int, Field(ge=1, le=256)]
Rate = Annotated[float, Field(gt=0)]


class Hyperparameters(RequestModel):
    """How a supervised job trains."""

    n_epochs: Auto | Epochs | None = Field(default=None, description=EPOCHS_HELP)
    batch_size: Auto | Batch | None = Field(default=None, description=BATCH_HELP)
    learning_rate_multiplier: Auto | Rate | None = Field(default=None, description=RATE_HELP)


class DpoHyperparameters(Hyperparameters):
    """How a preference job trains."""

    beta: Auto | Annotated[float, Field(ge=0, le=2)] | None = Field(
        default=None,
        description="How closely it keeps to the model it began with, 0 to 2, or auto.",
    )


class ReinforcementHyperparameters(Hyperparameters):
    """How a reinforcement job trains."""

    reasoning_effort: Literal["default", "low", "medium", "high"] | None = Field(
        default=None, description="How much the model reasons."
    )
    compute_multiplier: Auto | Annotated[float, Field(ge=0.00001, le=10)] | None = Field(
        default=None, description="How much is explored in training, up to 10, or auto."
    )
    eval_interval: Auto | Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="Steps between two evaluations, or auto."
    )
    eval_samples: Auto | Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="Samples of each evaluation, or auto."
    )


class Supervised(RequestModel):
    """Learning from answers."""

    hyperparameters: Hyperparameters | None = Field(
        default=None, description="What is left out, the server chooses."
    )


class Dpo(RequestModel):
    """Learning from preferences."""

    hyperparameters: DpoHyperparameters | None = Field(
        default=None, description="What is left out, the server chooses."
    )


class Reinforcement(RequestModel):
    """Learning from a grader's rewards."""

    grader: dict[str, Any] = Field(description="The grader that rewards answers.")
    hyperparameters: ReinforcementHyperparameters | None = Field(
        default=None, description="What is left out, the server chooses."
    )


class SupervisedMethod(RequestModel):
    """Examples with the answers that are wanted."""

    type: Literal["supervised"] = Field(description="Learn from answers.")
    supervised: Supervised | None = Field(default=None, description="How it trains.")


class DpoMethod(RequestModel):
    """Pairs of answers, one of them preferred."""

    type: Literal["dpo"] = Field(description="Learn from preferences.")
    dpo: Dpo | None = Field(default=None, description="How it trains.")


class ReinforcementMethod(RequestModel):
    """Answers that a grader rewards."""

    type: Literal["reinforcement"] = Field(description="Learn from rewards.")
    reinforcement: Reinforcement = Field(description="The grader, and how it trains.")


Method = Annotated[SupervisedMethod | DpoMethod | ReinforcementMethod, Field(discriminator="type")]


class WandbRun(RequestModel):
    """Where Weights and Biases files the run."""

    project: str = Field(description="The project that the run goes to.")
    name: str | None = Field(default=None, description="The run's name; else the job's id.")
    entity: str | None = Field(default=None, description="The team or user to file it under.")
    tags: list[str] | None = Field(default=None, description="Tags for the run.")


class Integration(RequestModel):
    """Another service that hears of the figures."""

    type: Literal["wandb"] = Field(description="Weights and Biases.")
    wandb: WandbRun = Field(description="Where the run is filed.")


class CreateFineTuningJob(RequestModel):
    """A new job. The server validates the files first."""

    model: str = Field(description="The model to begin with; the server knows which it can tune.")
    training_file: str = Field(
        description="A JSONL file of examples, uploaded with the purpose fine-tune."
    )
    validation_file: str | None = Field(
        default=None,
        description="Examples held back to measure on; none of them may be in the training file.",
    )
    suffix: str | None = Field(
        default=None,
        min_length=1,
        max_length=64,
        description="A word for the tuned model's name, to 64 characters.",
    )
    seed: int | None = Field(
        default=None,
        ge=0,
        le=2_147_483_647,
        description="The same seed and settings give nearly the same model.",
    )
    hyperparameters: Hyperparameters | None = Field(
        default=None, description="Of a supervised job, without a method."
    )
    method: Method | None = Field(
        default=None,
        description="supervised, dpo or reinforcement with its settings; supervised if left out.",
    )
    integrations: list[Integration] | None = Field(
        default=None, description="Other services that hear of the figures."
    )
    metadata: Metadata | None = Field(default=None, description=METADATA_HELP)


class CreateCheckpointPermission(RequestModel):
    """Let projects use a checkpoint."""

    project_ids: list[str] = Field(
        min_length=1, description="The projects that may use the checkpoint, by id."
    )
