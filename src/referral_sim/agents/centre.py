"""Programmes that become children's centres (MODEL S6), and which posts of programme workers there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..scenario.programmes import Programme
from .sslp_worker import SSLPWorker

if TYPE_CHECKING:
    from ..model import ReferralModel
    from .programme import SureStartProgramme


def workers_after(spec: Programme) -> int:
    """Workers' posts of a programme as a children's centre; those that it has if it becomes none."""
    return spec.workers if spec.centre is None else round(spec.workers * spec.centre.workers_kept)


def close_liaison_posts(model: ReferralModel) -> None:
    """Set the last day of liaison posts that end with the programmes they serve, where no centre keeps them."""
    for post in model.liaison:
        served = [p.index for p in post.programmes]
        lost = [p.spec.centre is not None and not p.spec.centre.keeps_posts for p in post.programmes]
        if served and all(lost):
            post.last_day = min(post.last_day, int(model.residence.begins[served].max()) - 1)


def become_centres(model: ReferralModel, day: int) -> None:
    """Let the programmes whose day it is become children's centres."""
    if day not in model.residence.first_days:
        return
    for index in np.flatnonzero(model.residence.begins == day).tolist():
        _become_centre(model.programmes[index])


def _become_centre(programme: SureStartProgramme) -> None:
    """Take further families into the area, older children and more or fewer workers' posts."""
    model, centre, families = programme.model, programme.spec.centre, programme.model.families
    assert centre is not None
    new = np.flatnonzero((families.further == programme.index) & (families.area < 0))
    families.area[new] = programme.index
    model.cases.user[programme.users_among(new)] = True
    model.age_limits[programme.index] = centre.age_limit
    kept = workers_after(programme.spec)
    for worker in programme.workers[kept:]:
        model.staff.pressure[worker.post] = 0.0  # nobody leaves a post that is gone
        worker.remove()
    opened = [SSLPWorker(model, programme, post) for post in programme.posts[len(programme.workers) : kept]]
    model.staff.pressure[[worker.post for worker in opened]] = 1.0
    model.worker_of_post |= {worker.post: worker for worker in opened}
    programme.workers = programme.workers[:kept] + opened
    count_workers(model)


def count_workers(model: ReferralModel) -> None:
    """Put the posts of programme workers that there are today into the model's columns."""
    workers = sorted((worker for p in model.programmes for worker in p.workers), key=lambda worker: worker.post)
    model.sslp_posts = np.array([worker.post for worker in workers], dtype=np.int64)
    model.worker_place = np.array([worker.programme.main_locality for worker in workers], dtype=np.int64)
    model.worker_programme = np.array([worker.programme.index for worker in workers], dtype=np.int64)
    count = np.bincount(model.worker_programme, minlength=len(model.programmes))
    model.worker_count = np.where(count > 0, count, np.nan)
