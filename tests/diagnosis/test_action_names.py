"""What an action is called: the same whatever day its page is made, and never like another one."""

import re

from cs_lib.diagnosis.action_names import action_name


def test_a_plain_code_gives_its_own_name():
    assert action_name("causes", "late_parcel") == "causes_late_parcel"


def test_no_two_codes_of_a_study_share_a_name():
    codes = [
        "late_parcel",
        "Late parcel",
        "late-parcel",
        "late_parcel_",
        "退款慢",
        "退款 1",
        "延误 1",
    ]
    codes += ["1", "", "x" * 80]
    long = "s" * 60
    for study in ("causes", long):
        names = [action_name(study, code) for code in codes]
        assert len(set(names)) == len(codes)
        assert all(re.fullmatch(r"[a-z][a-z0-9_]{0,59}", name) for name in names)
    assert action_name(long, "late_parcel") != action_name(long[:-1] + "t", "late_parcel")


def test_a_name_is_made_of_study_and_code_alone():
    assert action_name("causes", "退款慢") == action_name("causes", "退款慢")
    assert action_name("causes", "退款慢").startswith("causes_")
