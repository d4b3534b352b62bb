"""What belongs to one kind of study is refused for the result of another."""

from types import SimpleNamespace

import pytest

from cs_lib import report
from cs_lib.report.kinds import WrongKind
from cs_lib.results import Answer


class Result(Answer):
    """A result of which nothing but its study is known."""

    def __init__(self, notebook, **settings):
        room = f"{notebook}.{settings['plans']}" if settings else notebook
        self._study = SimpleNamespace(study="mine", notebook=notebook, room=room, **settings)

    @property
    def study(self):
        return self._study


@pytest.mark.parametrize(
    ("draw", "result", "sentence"),
    [
        (
            "before_after.series",
            Result("perk_ab_test"),
            "report.before_after.series is for another kind of study; 'mine' is: Perk A/B test. "
            "See report.perk_ab_test.",
        ),
        (
            "perk_ab_test.behaviour",
            Result("experiment_plan", plans="before_after"),
            "report.perk_ab_test.behaviour is for another kind of study; 'mine' is: "
            "Plan of a before/after study. See report.experiment_plan.",
        ),
    ],
)
def test_the_result_of_another_kind_of_study_is_refused_in_one_sentence(draw, result, sentence):
    room, name = draw.split(".")
    with pytest.raises(WrongKind) as refused:
        getattr(getattr(report, room), name)(result)
    assert str(refused.value) == sentence
    assert refused.value._render_traceback_() == [sentence]


def test_its_own_kind_is_drawn_and_keeps_its_name_and_help():
    assert report.before_after.series.__name__ == "series"
    assert report.before_after.series.__doc__
    with pytest.raises(AttributeError):  # drawn, so something of the result is asked for
        report.before_after.series(Result("before_after"))
