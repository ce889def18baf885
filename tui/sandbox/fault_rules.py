"""The sandbox's own endpoint for fault rules: `/sandbox/faults`, with the admin key."""

from __future__ import annotations

from starlette.responses import Response

from tui.sandbox.call import Call, answer
from tui.sandbox.errors import not_found
from tui.sandbox.faults import Effect, Fault
from tui.sandbox.paging import bare_list_object
from tui.sandbox.registry import serves_extension

_MEMBERS = (
    "effect",
    "operation",
    "times",
    "status",
    "code",
    "message",
    "retry_after",
    "seconds",
    "bytes",
)


@serves_extension("sandbox.listFaults", "GET", "/sandbox/faults", admin=True)
async def list_faults(call: Call) -> Response:
    return answer(bare_list_object([rule.as_object() for rule in call.world.faults.rules()]))


@serves_extension("sandbox.addFault", "POST", "/sandbox/faults", admin=True)
async def add_fault(call: Call) -> Response:
    fields = await call.fields()
    fields.only(_MEMBERS)
    effect = fields.required_string("effect", choices=[effect.value for effect in Effect])
    plain = Fault(Effect(effect))
    fault = Fault(
        effect=plain.effect,
        operation=fields.string("operation", maximum=200) or plain.operation,
        times=fields.integer("times", minimum=1),
        status=fields.integer("status", minimum=400, maximum=599) or plain.status,
        code=fields.string("code", maximum=200),
        message=fields.string("message", maximum=100_000) or plain.message,
        retry_after=fields.number("retry_after", minimum=0),
        seconds=fields.number("seconds", minimum=0, maximum=3600) or 0.0,
        bytes=fields.integer("bytes", minimum=0) or 0,
    )
    return answer(call.world.faults.add(fault).as_object())


@serves_extension("sandbox.clearFaults", "DELETE", "/sandbox/faults", admin=True)
async def clear_faults(call: Call) -> Response:
    call.world.faults.clear()
    return answer({"object": "sandbox.faults", "deleted": True})


@serves_extension("sandbox.removeFault", "DELETE", "/sandbox/faults/{fault_id}", admin=True)
async def remove_fault(call: Call) -> Response:
    fault_id = call.path["fault_id"]
    if not call.world.faults.remove(fault_id):
        raise not_found(f"No fault rule found with id '{fault_id}'.", "fault_id")
    return answer({"id": fault_id, "object": "sandbox.fault", "deleted": True})
