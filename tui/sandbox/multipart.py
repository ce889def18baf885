"""Multipart bodies, parsed as they arrive: the file goes to its blob, never into memory whole."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from tui.sandbox.blobs import BlobWriter
from tui.sandbox.call import Call
from tui.sandbox.errors import ApiError, invalid

_FIELD_BYTES = 64 * 1024
_FIELDS = 64
_EXTENDED = re.compile(rb"(?i)filename\*\s*=\s*utf-8''([^;\s]+)")


@dataclass(slots=True)
class Form:
    """What a multipart body held."""

    fields: dict[str, str] = field(default_factory=dict)
    filename: str | None = None
    """The file's name as the client gave it; None when there was no file."""
    content_type: str | None = None
    size: int = 0


async def read_form(call: Call, file_field: str, writer: BlobWriter) -> Form:
    """Read the whole body; the file's bytes go to `writer`, which stays unfinished.

    Raises `ApiError` 400, 413 or 415.
    """
    kind, options = parse_options_header(call.request.headers.get("content-type"))
    boundary = options.get(b"boundary")
    if kind != b"multipart/form-data" or not boundary:
        raise ApiError(
            415,
            "Unsupported content type. This API method only accepts 'multipart/form-data'"
            " requests with a boundary.",
            code="unsupported_content_type",
        )
    reader = _Reader(file_field)
    try:
        parser = MultipartParser(
            boundary,
            {
                "on_part_begin": reader.part_begin,
                "on_part_data": reader.part_data,
                "on_part_end": reader.part_end,
                "on_header_field": reader.header_field,
                "on_header_value": reader.header_value,
                "on_header_end": reader.header_end,
                "on_headers_finished": reader.headers_finished,
                "on_end": reader.end,
            },
        )
        async for chunk in call.stream():
            parser.write(chunk)
            for block in reader.take():
                await writer.write(block)
        parser.finalize()
    except FormParserError as error:
        raise invalid("We could not parse the multipart body of your request.") from error
    if not reader.complete:
        raise invalid("The multipart body of your request breaks off.")
    reader.form.size = writer.size
    return reader.form


class _Reader:
    """The parser's callbacks."""

    def __init__(self, file_field: str) -> None:
        self.form = Form()
        self.complete = False
        self._file_field = file_field
        self._blocks: list[bytes] = []
        self._headers: dict[bytes, bytes] = {}
        self._header = (bytearray(), bytearray())
        self._name = ""
        self._value: bytearray | None = None
        self._is_file = False

    def take(self) -> list[bytes]:
        """The file's bytes since the last call."""
        blocks, self._blocks = self._blocks, []
        return blocks

    def part_begin(self) -> None:
        self._headers = {}
        self._value = None
        self._is_file = False

    def header_field(self, data: bytes, start: int, end: int) -> None:
        self._header[0].extend(data[start:end])

    def header_value(self, data: bytes, start: int, end: int) -> None:
        self._header[1].extend(data[start:end])

    def header_end(self) -> None:
        self._headers[bytes(self._header[0]).lower()] = bytes(self._header[1])
        self._header = (bytearray(), bytearray())

    def headers_finished(self) -> None:
        disposition = self._headers.get(b"content-disposition", b"")
        _, options = parse_options_header(disposition)
        self._name = options.get(b"name", b"").decode("utf-8", "replace")
        filename = options.get(b"filename")
        if (extended := _EXTENDED.search(disposition)) is not None:
            filename = unquote_to_bytes(extended[1])
        if self._name == self._file_field:
            if self.form.filename is not None:
                raise invalid(f"Duplicate parameter: '{self._file_field}'.", self._file_field)
            self._is_file = True
            self.form.filename = (filename or b"upload").decode("utf-8", "replace")
            self.form.content_type = self._headers.get(b"content-type", b"").decode("latin-1")
        elif len(self.form.fields) >= _FIELDS:
            raise invalid("Too many form fields.")
        else:
            self._value = bytearray()

    def part_data(self, data: bytes, start: int, end: int) -> None:
        if self._is_file:
            self._blocks.append(bytes(data[start:end]))
        elif self._value is not None:
            self._value += data[start:end]
            if len(self._value) > _FIELD_BYTES:
                raise invalid(f"Invalid '{self._name}': string too long.", self._name)

    def part_end(self) -> None:
        if self._value is not None:
            self.form.fields[self._name] = self._value.decode("utf-8", "replace")

    def end(self) -> None:
        self.complete = True
