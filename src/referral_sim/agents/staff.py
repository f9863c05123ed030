"""Who holds which post: leaving, coming, an exodus, changing sides (MODEL K1, K3, K4, R3)."""

from __future__ import annotations

from ..state import State
from .intake_team import IntakeTeam
from .liaison import LiaisonWorker
from .programme import SSLPWorker, SureStartProgramme

MOST_OVERLOAD = 60.0  # days of backlog beyond which overload drives nobody out faster
MOVES, WHO, SHOCK = 4, 5, 6  # traits of a post-holder: changes sides, who it was, leaves in an exodus


class Staff:
    """What happens each day to the posts of every agency.

    Args:
        state: the run.
        teams, programmes, liaison: the agents.
        worker_of_post: workers of programmes by the number of their post; those of a children's centre come in later.
    """

    def __init__(
        self,
        state: State,
        teams: list[IntakeTeam],
        programmes: list[SureStartProgramme],
        worker_of_post: dict[int, SSLPWorker],
        liaison: list[LiaisonWorker],
    ) -> None:
        self.state, self.posts = state, state.posts
        self.teams, self.programmes, self.worker_of_post, self.liaison = teams, programmes, worker_of_post, liaison
        shock = state.scenario.workforce.shock
        self._shock_day = -1 if shock.on is None else state.calendar.day_on_or_after(shock.on)
        self._team_of = {int(p): team for team in teams for p in team.posts}
        # Posts that begin later are not left before.
        self.posts.pressure[[post.post for post in liaison if post.first_day > 0]] = 0.0
        self.posts.pressure[[post for p in programmes for post in p.posts[len(p.workers) :]]] = 0.0

    def begin_day(self) -> None:
        """People leave and come (K1, R3); teams count their hours and set their thresholds (F3)."""
        state, posts = self.state, self.posts
        left, new = posts.advance(state.offset)
        if state.day == self._shock_day:
            left += self._exodus()
        for post in left + new + posts.taken_over:
            if (team := self._team_of.get(post)) is not None:
                team.staff_changed()
        changed = {self.worker_of_post[post].programme for post in left + new if post in self.worker_of_post}
        for post in new:
            if not posts.filled[post]:
                continue  # gone again on the day they came
            if (worker := self.worker_of_post.get(post)) is not None:
                worker.takes_post()
                self._from_team(worker)
            elif (team := self._team_of.get(post)) is not None:
                changed |= self._from_programme(post, team)
        for programme in changed:
            programme.staff_changed()
        for liaison in self.liaison:
            if liaison.first_day == state.day:
                posts.pressure[liaison.post] = 1.0  # nobody leaves a post before it exists
        slope = state.scenario.workforce.workload_turnover
        for team in self.teams:
            team.begin_day()
            if slope:
                posts.pressure[team.posts] = 1.0 + slope * min(team.backlog_days, MOST_OVERLOAD)

    def _exodus(self) -> list[int]:
        share, posts = self.state.scenario.workforce.shock.share, self.posts
        going = [int(p) for p in posts.intake if posts.filled[p] and posts.trait(int(p), SHOCK) < share]
        for post in going:
            posts.vacate(post, self.state.offset)
        return going

    # -- changing sides (K4) ----------------------------------------------------------------------------------------

    def _from_team(self, worker: SSLPWorker) -> None:
        """A new programme worker may come from the intake team: its loss, and knowledge of its threshold."""
        if self.posts.trait(worker.post, MOVES) >= self.state.scenario.workforce.moves_to_programmes:
            return
        team = self.teams[worker.programme.main_locality]
        gone = self._one_of([int(p) for p in team.posts], worker.post)
        if gone is None:
            return
        self.posts.vacate(gone, self.state.offset)
        team.staff_changed()
        worker.comes_from_team()
        self._closer(worker.programme, True)

    def _from_programme(self, post: int, team: IntakeTeam) -> set[SureStartProgramme]:
        """A new intake worker may come from a programme of the patch, who loses a worker; returns that programme."""
        if self.posts.trait(post, MOVES) >= self.state.scenario.workforce.moves_to_teams:
            return set()
        near = [p for p in self.programmes if p.main_locality == team.index]
        gone = self._one_of([w.post for p in near for w in p.workers], post)
        if gone is None:
            return set()
        programme = self.worker_of_post[gone].programme
        self.posts.vacate(gone, self.state.offset)
        self._closer(programme, False)
        return {programme}

    def _one_of(self, posts: list[int], mover: int) -> int | None:
        held = [p for p in posts if self.posts.filled[p] and p != mover]
        return held[int(self.posts.trait(mover, WHO) * len(held))] if held else None

    def _closer(self, programme: SureStartProgramme, towards: bool) -> None:
        """Both sides know somebody on the other: distrust is lost on both."""
        programme.both_trust_more(self.state.scenario.relationships.moved_colleague)
        self.state.staff_moves.append((self.state.day, programme.index, towards))
