"""What a worker does. Importing this loads the model, so that a worker is ready only when it has it."""

from __future__ import annotations

from ..model import ReferralModel
from .runs import Rows, Task, model_version


class OtherModelError(RuntimeError):
    """A worker has another version of the model than who asked it."""


def work(task: Task) -> Rows:
    """Make one run and keep its outcomes; a function of the task alone.

    Raises:
        OtherModelError: if this process has another model than the task was made for.
    """
    if task.model != model_version():
        raise OtherModelError(f"the worker has model {model_version()}, the plan was made for {task.model}")
    model = ReferralModel(task.scenario, rng=task.seed, replicate=task.replicate).run()
    table = model.measures()
    model.release()
    columns = [table[name].tolist() for name in ("measure", "group", "value", "unit")]
    if task.outcomes:
        whole = {o.measure for o in task.outcomes if o.group is None}
        single = {(o.measure, o.group) for o in task.outcomes}
        chosen = [m in whole or (m, g) in single for m, g in zip(*columns[:2], strict=True)]
        columns = [[x for x, wanted in zip(column, chosen, strict=True) if wanted] for column in columns]
    return Rows(*columns)
