"""What the environment says: the official CLI's and SDK's variables, and Cupola's own two."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tui.core.keys import EnvironmentKey
from tui.core.settings import OPENAI_BASE_URL, normalise_base_url

_KEYS = (("key", "OPENAI_API_KEY"), ("admin_key", "OPENAI_ADMIN_KEY"))
_SCOPES = (("organization", "OPENAI_ORG_ID"), ("project", "OPENAI_PROJECT_ID"))


@dataclass(frozen=True, slots=True)
class Environment:
    """The variables that settings come from. An empty one is one that is not set."""

    variables: Mapping[str, str]

    def __getitem__(self, name: str) -> str | None:
        return self.variables.get(name, "").strip() or None

    @property
    def key_variable(self) -> str | None:
        """The variable that holds a key, if one does."""
        return next((variable for _, variable in _KEYS if self[variable]), None)

    def address(self) -> str:
        """The place that the environment's keys were given for. Raises `ValueError`.

        Falling back to api.openai.com would send a key where it was not meant to go.
        """
        given = self["OPENAI_BASE_URL"]
        try:
            return normalise_base_url(given) if given else OPENAI_BASE_URL
        except ValueError as error:
            raise ValueError(f"OPENAI_BASE_URL: {error}") from None

    def credentials(self) -> dict[str, tuple[object, str]]:
        """By the profile's field: the value and the variable's name."""
        found: dict[str, tuple[object, str]] = {
            name: (EnvironmentKey(variable), variable) for name, variable in _KEYS if self[variable]
        }
        for name, variable in _SCOPES:
            if value := self[variable]:
                found[name] = (value, variable)
        return found
