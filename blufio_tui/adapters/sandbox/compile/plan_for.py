"""Chooses what is compiled for a call: the module itself, or the runtime of a script."""

from blufio_tui.adapters.sandbox.compile.module_plan import ModulePlan
from blufio_tui.core.skills.sandbox import SandboxCall


def plan_for(call: SandboxCall) -> ModulePlan:
    """
    Raises:
        SandboxError: `invalid_module` or `integrity`: the entry cannot be used.
    """
    if call.script:
        from blufio_tui.adapters.sandbox.compile.script_plan import recorded_plan

        return recorded_plan(call)
    if call.module.suffix == ".py":
        from blufio_tui.adapters.sandbox.compile.script_plan import plan

        return plan(call)
    return ModulePlan(call.module, call.module_sha256, f"{call.name}:{call.module_sha256}")
