"""What all request models share: strictness, the payload, metadata and attributes (contract 2.9).

A request model is the one source of a form: its fields, help, choices and bounds. Validation
happens here, before anything is sent.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

MetadataKey = Annotated[str, StringConstraints(min_length=1, max_length=64)]
MetadataValue = Annotated[str, StringConstraints(max_length=512)]

Metadata = Annotated[dict[MetadataKey, MetadataValue], Field(max_length=16)]
"""At most 16 pairs of strings, keys to 64 and values to 512 characters."""

AttributeValue = Annotated[str, StringConstraints(max_length=512)] | bool | int | float
Attributes = Annotated[dict[MetadataKey, AttributeValue], Field(max_length=16)]
"""At most 16 pairs; values are texts to 512 characters, numbers or booleans."""

METADATA_HELP = (
    "Up to 16 key and value pairs of your own; keys to 64 characters, values to 512. "
    "An update replaces them all."
)


class RequestModel(BaseModel):
    """A body that is checked before it is sent; unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", defer_build=True, validate_by_name=True)

    def payload(self) -> dict[str, Any]:
        """The JSON body: only what was set, an explicit null included."""
        return self.model_dump(mode="json", by_alias=True, exclude_unset=True)


class WholeModel(RequestModel):
    """A small object that is sent whole: its defaults too must reach the server."""

    @model_validator(mode="after")
    def _send_all(self) -> Self:
        self.model_fields_set.update(type(self).model_fields)
        return self


class FileExpiration(WholeModel):
    """When an uploaded file deletes itself."""

    anchor: Literal["created_at"] = Field(
        default="created_at", description="The moment that the seconds count from: the upload."
    )
    seconds: int = Field(
        ge=3600,
        le=2_592_000,
        description="How long the file lives, from one hour (3600) to 30 days (2592000).",
    )
