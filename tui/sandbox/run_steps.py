"""The steps of a run: what it wrote, and which tools it used."""

from __future__ import annotations

from starlette.responses import Response

from tui.sandbox.call import Call, answer
from tui.sandbox.paging import AFTER_BEFORE, list_object
from tui.sandbox.records import Records
from tui.sandbox.registry import serves
from tui.sandbox.run_records import STEP, require_step, shown_step
from tui.sandbox.run_requests import read_include
from tui.sandbox.thread_records import require_run
from tui.sandbox.wire import JsonObject


@serves("listRunSteps")
async def list_run_steps(call: Call) -> Response:
    page = AFTER_BEFORE.read(call.query)
    content = read_include(call.query)

    def read(records: Records) -> JsonObject:
        run = require_run(records, call.path["thread_id"], call.path["run_id"])
        found = records.page(STEP, page, parent=run.id)
        steps = [shown_step(step.body, content=content) for step in found.records]
        return list_object(steps, has_more=found.has_more)

    return answer(await call.world.database.read(read))


@serves("getRunStep")
async def get_run_step(call: Call) -> Response:
    content = read_include(call.query)
    path = call.path
    step = await call.world.database.read(
        lambda records: require_step(records, path["thread_id"], path["run_id"], path["step_id"])
    )
    return answer(shown_step(step.body, content=content))
