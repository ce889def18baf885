"""Wire model of a model: an offering of the server."""

from __future__ import annotations

from tui.api.models.common import Identified, Number


class Model(Identified):
    """A model. Ids are free text: tuned models, deployments and paths all occur."""

    created: Number = None
    owned_by: str | None = None
    shutdown_date: str | None = None
    """ISO date, when one is announced."""
