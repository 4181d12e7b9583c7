"""Export of a checkpoint to one ONNX file, for C++ and any other language: raw states in, controls out.

The graph is traced from the code that training used (jaxrl.deploy.onnx.tracer), so nobody has to write an observation.
"""

import json
from collections.abc import Collection
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from jaxrl import __version__
from jaxrl.bots.newest import newest_bot
from jaxrl.bots.policy import Policy
from jaxrl.deploy.onnx.tracer import Graph
from jaxrl.errors import UserError, first_line
from jaxrl.files import write_whole
from jaxrl.game.actions import CONTROLS
from jaxrl.game.field import PAD_PLACES
from jaxrl.game.layout import LAYOUT
from jaxrl.game.masks import MASKED, READS, mask
from jaxrl.game.observation.view import View
from jaxrl.game.reads import fields_read
from jaxrl.game.state import row_size, unpack
from jaxrl.plugins import import_allowed

INPUT, OUTPUTS = "state", ("obs", "logits", "action", "controls")

TOLERANCE = 1e-5  # relative to the largest number

CLEAR_LEAD = 1e-4  # lead of the best logit, likewise relative, above which rounding cannot change the action

ABOUT = """\
A Rocket League bot. state [N, F]: N states of a match of C cars, blue first, then orange, in the world frame (orange
defends +y, z is up), column by column as the metadata "state" says. For every car: obs [N, C, D], what it sees, before
the running statistics; logits [N, C, A] of its actions; action [N, C], the most likely one; controls [N, C, 8] of that
action, as the metadata "controls" names them. Decide every tick_skip ticks (1/120 s); controls act action_delay_ticks
later. A car's previous_action is the action it decided on before, 8 at first."""

ABOUT_ACTIONS = """
The actions are of the table that the metadata "action_table" has; action is the number that the world has for one."""

ABOUT_MIRROR = """
A car with the ball on its left sees the field in a mirror: obs and logits are those of the mirror image, action and
controls those of the world."""

ABOUT_MASKS = f"""
Actions that do nothing another one does not do are masked: their logits are {MASKED:g}."""


def export_onnx(checkpoint: Path, out: Path) -> Path:
    """Write the model to `out`, once onnxruntime has reproduced the bot; returns the checkpoint that was taken.

    Raises UserError if packages are missing, the name of `out` does not end in .onnx, `checkpoint` holds no bot or the
    model differs from it, OSError if `out` cannot be written.
    """
    if out.suffix != ".onnx":
        raise UserError(f"--out {out}: the name of a model ends in .onnx")
    require_packages()
    taken, policy = newest_bot(checkpoint)
    model = make_model(policy).SerializeToString()
    verify(model, policy)
    out.parent.mkdir(parents=True, exist_ok=True)
    write_whole(out, model)
    return taken


def require_packages() -> None:
    """Raise UserError if a package of the extra cannot be imported."""
    try:
        import onnx  # noqa: F401
        import onnxruntime  # noqa: F401
    except ImportError as error:  # also raised if the system lacks a shared library
        reason = first_line(error)
        raise UserError(
            f'--onnx: packages are missing: uv sync --extra onnx, or pip install "jaxrl-rocketleague[onnx]" ({reason})'
        ) from error


def make_model(policy: Policy) -> Any:
    """Trace a policy with numpy arrays to an onnx.ModelProto from `state` to `OUTPUTS`, for any number N of states."""
    import onnx

    weights = {name: array.astype(np.float32) for name, array in policy.arrays.items() if not name.startswith("test_")}
    example = np.zeros((2, row_size(2 * policy.description.team_size)), np.float32)
    graph = Graph(INPUT, example, weights)
    model = graph.model(outputs(Policy(policy.description, weights, policy.actions, policy.actions.world), graph.input))
    model.producer_name, model.producer_version = "jaxrl", __version__
    description = policy.description
    model.doc_string = ABOUT + ABOUT_MIRROR * description.mirror + ABOUT_MASKS * description.action_masks
    model.doc_string += ABOUT_ACTIONS * description.own_actions
    onnx.helper.set_model_props(model, metadata(policy))
    return model


def outputs(policy: Policy, states: Any) -> dict[str, Any]:
    """Outputs of a model for states `[N, F]`, numpy or traced, by name.

    obs `[N, C, D]`, logits `[N, C, A]` and controls `[N, C, 8]` float32, action `[N, C]` int32.
    """
    obs, action = policy.observe(states), policy.act(states)
    logits = mask(policy.logits(policy.normalize(obs)), policy.allowed(states))
    values = (obs, logits, action, policy.controls(action))
    return dict(zip(OUTPUTS, values, strict=True))


def metadata(policy: Policy) -> dict[str, str]:
    """Metadata for programs that run the model: numbers, and tables in JSON; `pads` are x and y in uu."""
    description = policy.description
    names = ("jaxrl", "env_steps", "team_size", "tick_skip", "action_delay_ticks")
    names += (*(field.name for field in fields(View)), "action_masks")
    used = description.view.reads.union(READS if description.action_masks else ())
    if description.custom:
        function = import_allowed(description.custom)
        used |= fields_read([lambda state, next_state, actions: function(state, 0)], 2 * description.team_size)
    tables = {"state": state_format(2 * description.team_size, used), "pads": PAD_PLACES, "controls": CONTROLS}
    if description.own_actions:
        tables["action_table"] = policy.actions.table.tolist()
    return {name: str(getattr(description, name)) for name in names} | {
        name: json.dumps(table) for name, table in tables.items()
    }


def state_format(num_cars: int, used: Collection[str] = ()) -> dict[str, dict[str, Any]]:
    """Columns of every field: number [i, j] of a field is in column offset + i * strides[0] + j * strides[1].

    `used` are the fields that a bot reads beyond what all observe.
    """
    columns = unpack(np.arange(row_size(num_cars)))
    return {
        field.name: {
            "offset": int(view.flat[0]),
            "shape": list(view.shape),
            "strides": [int(view.take(1, axis).flat[0] - view.flat[0]) for axis in range(view.ndim)],
            "meaning": f"{field.unit}: {field.meaning}" if field.seen or field.name in used else "not used, any number",
        }
        for field, view in zip(LAYOUT.fields, columns, strict=True)
    }


def verify(model: bytes, policy: Policy) -> None:
    """Compare the model in onnxruntime with the policy in numpy, in the states of its test vectors.

    (load_policy has compared the policy with the results of training there.) Raises UserError if they differ.
    """
    import onnxruntime

    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    states = policy.arrays["test_states"]
    states = states.reshape(-1, states.shape[-1]).astype(np.float32)
    for batch in (states, states[:1]):
        expected = outputs(policy, batch)
        found = dict(zip(OUTPUTS, map(np.asarray, session.run(OUTPUTS, {INPUT: batch})), strict=True))
        errors = {"obs": difference(found["obs"], expected["obs"])}
        masked = expected["logits"] == MASKED  # such a number would hide all differences of others
        errors["mask"] = float((masked != (found["logits"] == MASKED)).any())
        errors["logits"] = difference(*(np.where(masked, np.float32(0), each["logits"]) for each in (found, expected)))
        best = np.sort(expected["logits"], axis=-1)
        clear = best[..., -1] - best[..., -2] > CLEAR_LEAD * np.abs(expected["logits"][~masked]).max(initial=1)
        for name in ("action", "controls"):
            errors[name] = difference(found[name][clear], expected[name][clear])
        for name, error in errors.items():
            if not error <= TOLERANCE:
                raise UserError(f"--onnx: {name} not as the bot's (off by {error:.2g}), so nothing was written")


def difference(found: np.ndarray, expected: np.ndarray) -> float:
    """Largest difference, relative to the largest number if that is above 1; infinite if shape or dtype differ."""
    if (found.shape, found.dtype) != (expected.shape, expected.dtype):
        return np.inf
    return float(np.abs(found - expected).max(initial=0) / np.abs(expected).max(initial=1))
