"""First come, first served within a lane; lanes in their order; no hour lost; and what theory says of a fluid queue."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from referral_sim.records.work_queue import Lane, WorkQueue

HOURS = st.floats(0.0, 8.0)


def test_first_come_first_served():
    lane = Lane()
    for case, hours in ((7, 2.0), (3, 1.0), (9, 4.0)):
        lane.add([case], hours)
    done, used = lane.work(2.5)
    assert (done, used) == ([7], 2.5)
    assert lane.waiting().tolist() == [3, 9]
    done, used = lane.work(0.5)
    assert (done, used) == ([3], 0.5)
    lane.add([1], 1.0)
    done, used = lane.work(100.0)
    assert (done, used) == ([9, 1], 5.0)
    assert not len(lane.waiting())
    assert lane.backlog == 0.0
    done, used = lane.work(100.0)
    assert (done, used) == ([], 0.0)


def test_lanes_are_served_in_their_order():
    queue = WorkQueue()
    assert WorkQueue.LANES == ("screening", "urgent", "enquiry", "conference", "initial", "core")
    for case, name in enumerate(reversed(WorkQueue.LANES)):  # the last lane's work comes first
        queue.lanes[name].add([case], 1.0)
    finished = []
    for _ in WorkQueue.LANES:
        done = queue.work(1.0)
        finished += [name for name, cases in done.items() if len(cases)]
    assert tuple(finished) == WorkQueue.LANES
    assert queue.backlog == 0.0


def test_a_graver_lane_overtakes_work_that_is_half_done():
    queue = WorkQueue()
    queue.lanes["core"].add([1], 2.0)
    assert not any(len(cases) for cases in queue.work(1.0).values())
    queue.lanes["screening"].add([2], 1.5)
    done = queue.work(2.0)
    assert done["screening"] == [2]
    assert not len(done.get("core", []))
    assert queue.work(0.5)["core"] == [1]


def test_hours_without_limit_finish_everything():
    queue = WorkQueue()
    for case in range(50):
        queue.lanes["initial"].add([case], 3.0)
    assert queue.work(np.inf)["initial"] == list(range(50))
    assert queue.backlog == 0.0
    assert queue.hours_worked == 150.0


def test_work_that_takes_no_time_needs_no_hours():
    queue = WorkQueue()
    queue.lanes["screening"].add([5], 0.0)
    assert queue.work(0.0)["screening"] == [5]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.lists(st.tuples(st.lists(st.tuples(st.sampled_from(WorkQueue.LANES), HOURS), max_size=4), HOURS), max_size=30)
)
def test_nothing_is_lost_and_order_is_kept(days):
    queue, came, left = WorkQueue(), {name: [] for name in WorkQueue.LANES}, {name: [] for name in WorkQueue.LANES}
    asked, case = 0.0, 0
    for work, hours in days:
        for name, length in work:
            queue.lanes[name].add([case], length)
            came[name].append(case)
            asked += length
            case += 1
        for name, cases in queue.work(hours).items():
            left[name] += cases
    for name, lane in queue.lanes.items():
        assert left[name] + lane.waiting().tolist() == came[name]
    assert queue.hours_worked + queue.backlog == pytest.approx(asked)
    assert queue.hours_available == pytest.approx(sum(hours for _, hours in days))
    assert queue.hours_worked <= queue.hours_available + 1e-6
    assert queue.backlog >= -1e-9


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.floats(0.0, 12.0), HOURS), min_size=1, max_size=40))
def test_no_hour_is_idle_while_work_waits(days):
    # Lindley's recursion for the work in a queue that serves whenever it can: W' = max(0, W + came - hours).
    queue, expected = WorkQueue(), 0.0
    for case, (came, hours) in enumerate(days):
        queue.lanes[WorkQueue.LANES[case % 6]].add([case], came)
        queue.work(hours)
        expected = max(0.0, expected + came - hours)
        assert queue.backlog == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("size", [0.25, 1.0, 5.0])
def test_above_capacity_the_backlog_grows_by_the_difference_each_day(size):
    queue, capacity, load = WorkQueue(), 4.0, 5.0
    for day in range(1, 201):
        for piece in range(round(load / size)):
            queue.lanes["initial"].add([1000 * day + piece], size)
        queue.work(capacity)
        assert queue.backlog == pytest.approx(day * (load - capacity))
    assert queue.hours_worked == pytest.approx(200 * capacity)
    assert len(queue.lanes["initial"].waiting()) == np.ceil(queue.backlog / size)


def test_below_capacity_the_queue_empties_and_stays_empty():
    queue, capacity, load = WorkQueue(), 5.0, 4.0
    queue.lanes["initial"].add([0], 30.0)
    for day in range(1, 101):
        for piece in range(4):
            queue.lanes["initial"].add([10 * day + piece], load / 4)
        queue.work(capacity)
        assert queue.backlog == pytest.approx(max(0.0, 30.0 - day * (capacity - load)))
    assert queue.hours_worked == pytest.approx(30.0 + 100 * load)


def test_waits_in_a_stable_queue_agree_with_theory():
    # Little's law: mean number waiting = arrivals a day x mean wait in days.
    rng, queue = np.random.default_rng(1), WorkQueue()
    came, waits, lengths = {}, [], []
    for day in range(4000):
        for piece in range(rng.poisson(3.6)):
            case = day * 100 + piece
            came[case] = day
            queue.lanes["core"].add([case], 1.0)
        waits += [day - came[case] for case in queue.work(4.0).get("core", [])]
        lengths.append(len(queue.lanes["core"].waiting()))
    assert np.mean(lengths) == pytest.approx(len(waits) / 4000 * np.mean(waits), rel=0.02)
    assert np.mean(waits) > 0
