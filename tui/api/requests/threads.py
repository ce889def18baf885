"""The bodies of threads and their messages."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, field_validator

from tui.api.requests.assistants import RESOURCES_HELP, NewToolResources, ToolResources
from tui.api.requests.common import METADATA_HELP, Metadata, RequestModel

Detail = Literal["auto", "low", "high"]


class TextPart(RequestModel):
    """A stretch of text."""

    type: Literal["text"] = Field(description="Text.")
    text: str = Field(min_length=1, max_length=256_000, description="The text.")


class ImageFile(RequestModel):
    """An uploaded picture."""

    file_id: str = Field(min_length=1, description="The id of an uploaded picture.")
    detail: Detail | None = Field(default=None, description="How closely to look at it.")


class ImageFilePart(RequestModel):
    """A picture from the server's files."""

    type: Literal["image_file"] = Field(description="An uploaded picture.")
    image_file: ImageFile = Field(description="The picture.")


class ImageUrl(RequestModel):
    """A picture from the web."""

    url: str = Field(min_length=1, description="Where the picture is.")
    detail: Detail | None = Field(default=None, description="How closely to look at it.")


class ImageUrlPart(RequestModel):
    """A picture by its address."""

    type: Literal["image_url"] = Field(description="A picture by its address.")
    image_url: ImageUrl = Field(description="The picture.")


ContentPart = Annotated[TextPart | ImageFilePart | ImageUrlPart, Field(discriminator="type")]


class AttachmentTool(RequestModel):
    """A tool that gets an attachment."""

    type: Literal["code_interpreter", "file_search"] = Field(
        description="Which tool gets the file."
    )


class Attachment(RequestModel):
    """A file beside a message."""

    file_id: str = Field(min_length=1, description="The id of an uploaded file.")
    tools: list[AttachmentTool] = Field(min_length=1, description="The tools that get the file.")


class CreateMessage(RequestModel):
    """A message to add to a thread that no run is working on."""

    role: Literal["user", "assistant"] = Field(
        description="Who speaks: user asks, assistant stands for an earlier answer."
    )
    content: str | list[ContentPart] = Field(description="The text, or a list of parts.")
    attachments: list[Attachment] | None = Field(
        default=None, description="Files for the tools: to be searched, or opened by code."
    )
    metadata: Metadata | None = Field(default=None, description=METADATA_HELP)

    @field_validator("content")
    @classmethod
    def _says_something(cls, content: Any) -> Any:
        if not content or (isinstance(content, str) and not content.strip()):
            raise ValueError("the message is empty")
        if isinstance(content, str) and len(content) > 256_000:
            raise ValueError("the message is longer than 256,000 characters")
        return content


class ModifyMessage(RequestModel):
    """Replace the metadata of a message; nothing else can change."""

    metadata: Metadata | None = Field(default=None, description=METADATA_HELP)


class CreateThread(RequestModel):
    """A new thread, empty or with messages."""

    messages: list[CreateMessage] | None = Field(
        default=None, description="Messages to begin with, oldest first."
    )
    tool_resources: NewToolResources | None = Field(default=None, description=RESOURCES_HELP)
    metadata: Metadata | None = Field(default=None, description=METADATA_HELP)


class ModifyThread(RequestModel):
    """What can change in a thread. A title is kept in its metadata."""

    tool_resources: ToolResources | None = Field(default=None, description=RESOURCES_HELP)
    metadata: Metadata | None = Field(default=None, description=METADATA_HELP)
