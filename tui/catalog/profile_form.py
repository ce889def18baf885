"""The form of a profile: what a person fills in to speak to another server."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from tui.core.profiles import check_profile
from tui.core.settings import Profile


class ProfileForm(BaseModel):
    """A profile, as the settings file has it; keys by their source."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    name: str = Field(
        min_length=1, max_length=60, description="What you call it, such as work or box"
    )
    kind: Literal["openai", "azure", "compatible"] = Field(
        default="openai", description="What sort of server it is"
    )
    base_url: str | None = Field(
        default=None,
        description="Address of the API, such as http://127.0.0.1:8000/v1; openai needs none",
    )
    key: str | None = Field(
        default=None,
        description="Where the key comes from: env:NAME, command:PROGRAM ARGS, "
        "keyring:SERVICE/USER; a key itself is kept readable in the file",
    )
    admin_key: str | None = Field(
        default=None, description="The same for the admin key, for organization and usage"
    )
    organization: str | None = Field(default=None, description="Organization id, if there are many")
    project: str | None = Field(default=None, description="Project id, if the key has many")
    read_only: bool = Field(default=False, description="Change and store nothing on the server")
    color: str | None = Field(
        default=None, description="Of the band on top: red, orange, green, teal, blue, violet …"
    )

    @model_validator(mode="after")
    def _is_a_profile(self) -> ProfileForm:
        found = check_profile(self.name, self.table())
        if not isinstance(found, Profile):
            raise ValueError(
                "; ".join(f"{name}: {why}" if name else why for name, why in found.items())
            )
        return self

    def table(self) -> dict[str, Any]:
        """The values as the settings file has them; what is empty is left out."""
        values = self.model_dump(exclude={"name"})
        return {name: value for name, value in values.items() if value not in (None, "")}
