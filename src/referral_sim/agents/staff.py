"""Who holds which post: leaving, coming, an exodus, changing sides (MODEL K1, K3, K4, R3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..world.streams import Stream
from .centre import workers_after
from .posts import Posts, PostTerms

if TYPE_CHECKING:
    from ..model import ReferralModel
    from .intake_team import IntakeTeam
    from .programme import SureStartProgramme

MOST_OVERLOAD = 60.0  # days of backlog beyond which overload drives nobody out faster
MOVES, WHO, SHOCK = 4, 5, 6  # traits of a post-holder: changes sides, who it was, leaves in an exodus


class Staff:
    """The posts of every agency and what happens to them each day.

    Attributes:
        posts: all posts, in columns.
        pressure: factor on each post's turnover, shape (posts,); 0 where the post does not exist today.
        of_team, of_programme: post numbers by name of locality and programme. of_liaison: post number by name.
        intake: posts of all intake teams, shape (posts,).
        moved: (day, programme index, True if towards the programme) of everybody who changed sides.
    """

    def __init__(self, model: ReferralModel) -> None:
        self.model = model
        scenario, rules = model.scenario, model.scenario.workforce
        self.posts = Posts(model.seed, model.replicate, rules.starting_experience)
        intake = PostTerms(Stream.INTAKE_POST, rules.turnover, rules.days_vacant, rules.vacancy, rules.agency)
        self.of_team = {
            name: [self.posts.add(intake, f"{name}/{i}") for i in range(spec.posts)]
            for name, spec in scenario.localities.items()
        }
        sslp = PostTerms(Stream.SSLP_POST, rules.sslp_turnover, rules.sslp_vacancy_days)
        self.of_programme = {
            name: [self.posts.add(sslp, f"{name}/{i}") for i in range(max(spec.workers, workers_after(spec)))]
            for name, spec in scenario.programmes.items()
        }
        practices = scenario.collaboration.practices
        self.of_liaison = {
            name: self.posts.add(
                PostTerms(Stream.LIAISON_POST, practices[s.kind].turnover, practices[s.kind].vacancy_days), name
            )
            for name, s in scenario.liaison.items()
        }
        self.posts.open()
        self.intake: NDArray[np.int64] = np.array([p for posts in self.of_team.values() for p in posts], dtype=np.int64)
        self.moved: list[tuple[int, int, bool]] = []
        self.pressure = np.ones(len(self.posts.filled))
        shock = rules.shock
        self._shock_day = -1 if shock.on is None else model.calendar.day_on_or_after(shock.on)
        self._team_of: dict[int, IntakeTeam] = {}

    def begin(self) -> None:
        """The agents are there: posts that begin later are not left before."""
        self._team_of = {int(p): team for team in self.model.teams for p in team.posts}
        self.pressure[[post.post for post in self.model.liaison if post.first_day > 0]] = 0.0
        self.pressure[[post for p in self.model.programmes for post in p.posts[len(p.workers) :]]] = 0.0

    def day_begins(self) -> None:
        """People leave and come (K1, R3); teams count their hours and set their thresholds (F3)."""
        model = self.model
        left, new = self.posts.advance(model.offset, self.pressure)
        if model.day == self._shock_day:
            left += self._exodus()
        for post in left + new:
            if (team := self._team_of.get(post)) is not None:
                team.staff_changed()
        for post in new:
            if not self.posts.filled[post]:
                continue  # gone again on the day they came
            if (worker := model.worker_of_post.get(post)) is not None:
                worker.takes_post()
                self._from_team(post, worker.programme)
            elif (team := self._team_of.get(post)) is not None:
                self._from_programme(post, team)
        for liaison in model.liaison:
            if liaison.first_day == model.day:
                self.pressure[liaison.post] = 1.0  # nobody leaves a post before it exists
        slope = model.scenario.workforce.workload_turnover
        for i, team in enumerate(model.teams):
            team.begin_day()
            model.thresholds[i] = team.applied_threshold
            model.noises[i] = team.judgement_noise
            if slope:
                self.pressure[team.posts] = 1.0 + slope * min(team.backlog_days, MOST_OVERLOAD)

    def _exodus(self) -> list[int]:
        share = self.model.scenario.workforce.shock.share
        going = [int(p) for p in self.intake if self.posts.filled[p] and self.posts.trait(int(p), SHOCK) < share]
        for post in going:
            self.posts.vacate(post, self.model.offset)
        return going

    # -- changing sides (K4) ----------------------------------------------------------------------------------------

    def _from_team(self, post: int, programme: SureStartProgramme) -> None:
        """A new programme worker may come from the intake team: its loss, and knowledge of its threshold."""
        if self.posts.trait(post, MOVES) >= self.model.scenario.workforce.moves_to_programmes:
            return
        team = self.model.teams[programme.main_locality]
        gone = self._one_of([int(p) for p in team.posts], post)
        if gone is None:
            return
        self.posts.vacate(gone, self.model.offset)
        team.staff_changed()
        self.model.worker_of_post[post].comes_from_team()
        self._closer(programme, True)

    def _from_programme(self, post: int, team: IntakeTeam) -> None:
        """A new intake worker may come from a programme of the patch, who loses a worker."""
        if self.posts.trait(post, MOVES) >= self.model.scenario.workforce.moves_to_teams:
            return
        near = [p for p in self.model.programmes if p.main_locality == team.index]
        gone = self._one_of([w.post for p in near for w in p.workers], post)
        if gone is None:
            return
        self.posts.vacate(gone, self.model.offset)
        self._closer(self.model.worker_of_post[gone].programme, False)

    def _one_of(self, posts: list[int], mover: int) -> int | None:
        held = [p for p in posts if self.posts.filled[p] and p != mover]
        return held[int(self.posts.trait(mover, WHO) * len(held))] if held else None

    def _closer(self, programme: SureStartProgramme, towards: bool) -> None:
        """Both sides know somebody on the other: distrust is lost on both."""
        step = self.model.scenario.relationships.moved_colleague
        programme.both_trust_more(step)
        self.moved.append((self.model.day, programme.index, towards))
