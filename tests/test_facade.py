"""What Tab lists: what an analyst may use, and nothing that a module needs for itself."""

import pytest

from cs_lib import data, diagnosis, experiment, methods, metrics, params, report

PACKAGES = {
    "data": data,
    "diagnosis": diagnosis,
    "experiment": experiment,
    "methods": methods,
    "metrics": metrics,
    "params": params,
    "report": report,
    "report.before_after": report.before_after,
    "report.data_health": report.data_health,
    "report.experiment_plan": report.experiment_plan,
    "report.figures": report.figures,
    "report.perk_ab_test": report.perk_ab_test,
    "report.tables": report.tables,
}
FOREIGN = {"annotations", "Any", "TYPE_CHECKING", "Sequence", "Iterable", "say", "w", "re", "p"}


@pytest.mark.parametrize("name", PACKAGES)
def test_tab_lists_only_what_is_there_for_analysts(name):
    listed = dir(PACKAGES[name])
    assert listed
    assert FOREIGN.intersection(listed) == set()
    assert [each for each in listed if each.startswith("_")] == []
    assert [each for each in listed if not hasattr(PACKAGES[name], each)] == []


def test_tab_in_a_notebook_lists_the_same():
    from IPython.core.completer import IPCompleter, provisionalcompleter

    with provisionalcompleter():
        completer = IPCompleter(namespace={"report": report})
        found = {each.text for each in completer.completions("report.", 7)}
    assert found == set(dir(report))
