"""Wire models of fine-tuning; what servers add to hyperparameters and metrics is kept."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from tui.api.models.common import Error, Identified, Mapped, Number, Wire

Setting = Annotated[Number | str, Field(union_mode="left_to_right")]
"""A number, or `auto`."""


class Hyperparameters(Wire):
    """What was asked for, or what the server chose for `auto`; may lack any (contract 7.2)."""

    n_epochs: Setting = None
    batch_size: Setting = None
    learning_rate_multiplier: Setting = None


class CheckpointMetrics(Wire):
    """What was measured at a checkpoint; every figure may be missing."""

    step: Number = None
    train_loss: Number = None
    train_mean_token_accuracy: Number = None
    valid_loss: Number = None
    valid_mean_token_accuracy: Number = None
    full_valid_loss: Number = None
    full_valid_mean_token_accuracy: Number = None


class FineTuningJob(Identified):
    """A job: validating_files, queued, running, paused, succeeded, failed or cancelled.

    `error` may be `{}` on healthy jobs, `hyperparameters` null on failed ones (contract 7.2).
    """

    created_at: Number = None
    finished_at: Number = None
    estimated_finish: Number = None
    status: str | None = None
    model: str | None = None
    fine_tuned_model: str | None = None
    organization_id: str | None = None
    training_file: str | None = None
    validation_file: str | None = None
    result_files: list[Any] | None = None
    trained_tokens: Number = None
    seed: Number = None
    hyperparameters: Hyperparameters | None = None
    method: Mapped = None
    error: Error = None
    integrations: list[Any] | None = None
    metadata: Mapped = None


class FineTuningEvent(Identified):
    """A message, or with type `metrics` the figures of one step in `data`."""

    created_at: Number = None
    level: str | None = None
    message: str | None = None
    type: str | None = None
    data: Any = None


class FineTuningCheckpoint(Identified):
    """A kept state of the model, usable by its name."""

    created_at: Number = None
    fine_tuning_job_id: str | None = None
    fine_tuned_model_checkpoint: str | None = None
    step_number: Number = None
    metrics: CheckpointMetrics | None = None


class FineTuningCheckpointPermission(Identified):
    """A project that may use a checkpoint."""

    created_at: Number = None
    project_id: str | None = None
