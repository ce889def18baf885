"""Models: the table, and what may be deleted."""

from __future__ import annotations

import pytest
from openai import AsyncOpenAI, NotFoundError, OpenAI, PermissionDeniedError

from tui.sandbox.models import TUNED, resolve_model
from tui.sandbox.models_table import Engine
from tui.sandbox.records import Record
from tui.sandbox.thread import RunningSandbox


def test_the_list_has_the_sandbox_s_own_models_and_the_common_names(client: OpenAI) -> None:
    models = {model.id: model for model in client.models.list()}
    assert {"cupola-echo", "cupola-embed", "cupola-moderation"} <= models.keys()
    assert {"gpt-4o-mini", "text-embedding-3-small", "omni-moderation-latest"} <= models.keys()
    assert {model.owned_by for model in models.values()} == {"cupola-sandbox"}


def test_an_alias_says_what_really_answers(client: OpenAI) -> None:
    model = client.models.retrieve("gpt-4o-mini")
    assert model.model_extra is not None
    assert model.model_extra["sandbox"]["engine"] == "cupola-echo"
    assert model.model_extra["sandbox"]["alias"] is True
    assert model.shutdown_date is None


async def test_an_unknown_model_is_404(async_client: AsyncOpenAI) -> None:
    with pytest.raises(NotFoundError) as caught:
        await async_client.models.retrieve("gpt-99")
    assert caught.value.code == "model_not_found"


def test_only_tuned_models_can_be_deleted(client: OpenAI, sandbox: RunningSandbox) -> None:
    with pytest.raises(PermissionDeniedError):
        client.models.delete("cupola-echo")
    name = "ft:gpt-4o-mini:cupola:support:abc123"
    record = Record(TUNED, name, {}, created_at=1, private={"engine": "cupola-echo"})
    sandbox.run(sandbox.world.database.write(lambda records: records.insert(record)))
    entry = sandbox.run(resolve_model(sandbox.world, name))
    assert entry is not None
    assert (entry.engine, entry.tuned, entry.alias) == (Engine.ECHO, True, False)
    assert name in [model.id for model in client.models.list()]
    assert client.models.delete(name).deleted
    with pytest.raises(NotFoundError):
        client.models.delete(name)
