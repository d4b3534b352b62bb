"""Secrets of the environment reach nothing that is published, written or told, in whatever form a cell puts them."""

import base64
import html
import json
import time
from urllib.parse import quote, quote_plus

import pytest

from cs_lib.params import Source
from cs_lib.runs import secrets
from cs_lib.runs.scrub import Scrubber

PEM = (
    "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n"
    "BKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj\n-----END PRIVATE KEY-----\n"
)
ACCOUNT = {
    "type": "service_account",
    "private_key": PEM,
    "client_email": "bot@example.org",
    "token": "zx81-Sinclair",
}
# By variable: what it holds, and the parts of it that are secrets.
PLANTED = {
    "SHOP_DATA": ("/srv/geheim & co/export", ["/srv/geheim & co/export"]),
    "API_KEY": ("k'ey\"with\\quotes/9", ["k'ey\"with\\quotes/9"]),
    "APIKEY": ("nounderscore77", ["nounderscore77"]),
    "MYSQL_PWD": ("mysql-pass word", ["mysql-pass word"]),
    "PGPASSWORD": ("p\u00e4ssw\u00f6rt-\u4e2d\u6587", ["p\u00e4ssw\u00f6rt-\u4e2d\u6587"]),
    "DEPLOY_PAT": ("pat_0123abc", ["pat_0123abc"]),
    "NEXUS_AUTH": ("dXNlcjpodW50ZXIy", ["dXNlcjpodW50ZXIy"]),
    "SITE_COOKIE": ("sid=abc123; theme=x9", ["sid=abc123; theme=x9"]),
    "SHORT_PASSWORD": ("hunt3r", ["hunt3r"]),
    "TINY_TOKEN": ("q9Zx", ["q9Zx"]),
    "apiToken": ("camelCase-token-1", ["camelCase-token-1"]),
    "TWO_LINES_SECRET": (
        "first line of it\nsecond line of it",
        ["first line of it", "second line of it"],
    ),
    "DATABASE_URL": (
        "postgres://ann:p%40ss%2Fword@db.example.org/x",
        ["p%40ss%2Fword", "p@ss/word"],
    ),
    "REDIS": ("redis://:only-a-password@cache:6379/0", ["only-a-password"]),
    "ODBC": ("Driver=x;Server=db;Uid=ann;Pwd=0dbc-Kennwort;", ["0dbc-Kennwort"]),
    "LIBPQ": ("host=db password='lib pq secret' user=ann", ["lib pq secret"]),
    "SIGNING": (PEM, ["MIIEvQIBADANBgkqhkiG9w0BAQEFAASC", "BKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj"]),
    "CI_JOB": (
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N",
        ["dozjgNryP4J3jVmNHl0w5N"],
    ),
    "GH": (
        "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
        ["ghp_16C7e42F292c6912E7710c838347Ae178B4a"],
    ),
    "AWS": ("AKIAIOSFODNN7EXAMPLE", ["AKIAIOSFODNN7EXAMPLE"]),
    "HOOK": ("xoxb-1234567890-abcdefGHIJKL", ["xoxb-1234567890-abcdefGHIJKL"]),
    "HEADER": ("Bearer abcDEF123.ghiJKL456", ["abcDEF123.ghiJKL456"]),
    "PROXY_HEADER": ("Basic YW5uOm9wZW4tc2VzYW1l", ["YW5uOm9wZW4tc2VzYW1l", "open-sesame"]),
    "GOOGLE": (json.dumps(ACCOUNT), ["zx81-Sinclair", "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC"]),
    "NEUTRAL": ("9f8aQ2LmZx71TbVw03KcRe5Y", ["9f8aQ2LmZx71TbVw03KcRe5Y"]),
}
FORMS = {
    "plain": str,
    "repr": repr,
    "json": json.dumps,
    "json in unicode": lambda v: json.dumps(v, ensure_ascii=False),
    "repr of json": lambda v: repr(json.dumps(v)),
    "url": lambda v: quote(v, safe=""),
    "url with plus": quote_plus,
    "html": html.escape,
    "bytes": lambda v: repr(v.encode())[2:-1],
    "numbers of letters": lambda v: html.escape(v).encode("ascii", "xmlcharrefreplace").decode(),
    "base64": lambda v: base64.b64encode(v.encode()).decode(),
    "key": lambda v: json.dumps({v: 1}),
    "lines": lambda v: "\n".join(f"    {line}" for line in v.splitlines()),
    "colour": lambda v: f"\x1b[31m{v}\x1b[0m",
}
SOURCE = Source.model_validate(
    {"source": "s", "title": "S", "folder": "$SHOP_DATA/below", "simulate": {}}
)
ENVIRON = {name: value for name, (value, _) in PLANTED.items()}


def inner(text):
    """A form without the quotes around it."""
    return text[1:-1] if text[:1] in "\"'" else text


def leaks(text):
    """Every secret that a text still holds, in any form."""
    found = []
    for name, (_, parts) in PLANTED.items():
        for part in parts:
            for kind, form in FORMS.items():
                if kind not in ("colour", "key") and inner(form(part)).strip() in text:
                    found.append((name, kind, part))
    return found


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", PLANTED)
def test_no_form_of_a_planted_secret_is_left(name, form):
    scrub = Scrubber(SOURCE, ENVIRON)
    value, parts = PLANTED[name]
    for text in (value, *parts):
        cleaned = scrub(f"before {FORMS[form](text)} after")
        assert (
            leaks(cleaned) == [] and "before" in cleaned and "after" in cleaned and "$" in cleaned
        )
        assert leaks(scrub.secrets(FORMS[form](text))) == []
        assert leaks(json.dumps(scrub.data({FORMS[form](text): [FORMS[form](text)]}))) == []


@pytest.mark.parametrize("before", ["", "a", "ab", "abc,"])
@pytest.mark.parametrize(
    "name", [name for name in PLANTED if len(PLANTED[name][0]) >= secrets.SHORT]
)
def test_a_secret_inside_a_longer_text_in_base64_is_found(name, before):
    value = PLANTED[name][0]
    coded = base64.b64encode(f"{before}{value}\n1,2,3".encode()).decode()
    assert "$" in Scrubber(SOURCE, ENVIRON).secrets(coded)


HOSTILE = r"""
import base64, html, json, os, sys
from urllib.parse import quote, quote_plus
from IPython.display import HTML, display
names = os.environ["PLANTED_NAMES"].split(",")
values = [os.environ[name] for name in names]
forms = [str, repr, json.dumps, lambda v: repr(json.dumps(v)), lambda v: quote(v, safe=""), quote_plus, html.escape,
         lambda v: base64.b64encode(v.encode()).decode()]
for value in values:
    for form in forms:
        print(form(value))
        print(form(value), file=sys.stderr)
    half = len(value) // 2
    print(value[:half], end="", flush=True)
    print(value[half:], flush=True)
    print(value[:half], end="", flush=True, file=sys.stderr)
    print(value[half:], flush=True, file=sys.stderr)
display({"application/json": {v: [v, {"deep": {v: repr(v)}}] for v in values}}, raw=True)
display(HTML("<p>" + "</p><p>".join(map(html.escape, values)) + "</p>"), metadata={"note": values})
display({"text/markdown": values[0], "application/javascript": json.dumps(values)}, raw=True)
os.write(2, "\n".join(values).encode())
"""


@pytest.mark.parametrize(
    ("ending", "code"),
    [
        ("total = ' '.join(values)", 0),
        ("raise RuntimeError(' '.join(map(repr, values)) + values[3])", 3),
        ("os.write(2, repr(values).encode()); os._exit(5)", 4),
    ],
)
def test_a_hostile_notebook_publishes_no_secret(project, ending, code):
    project.notebook(HOSTILE + ending)
    project.source(folder="$SHOP_DATA/below")
    names = [name for name in PLANTED]
    done = project.cslib("run", "tiny", PLANTED_NAMES=",".join(names), **ENVIRON)
    assert done.returncode == code, done.stdout + done.stderr
    assert leaks(done.stdout + done.stderr) == []
    for path in project.reports.rglob("*"):
        if path.is_file():
            assert leaks(path.read_text(errors="replace")) == [], path
    text = (project.reports / ".logs" / "tiny.log").read_text()
    assert "$API_KEY" in text and "$NEUTRAL" in text, (
        "the log holds what happened, without the secrets"
    )
    told = project.cslib("run", "tiny", "--json", PLANTED_NAMES=",".join(names), **ENVIRON)
    assert leaks(told.stdout + told.stderr) == []


def test_check_tells_no_folder(project, tmp_path):
    folder = tmp_path / "secret place"
    folder.mkdir()
    (folder / "a.csv").write_text("contact_id\n1\n")
    query = "SELECT * FROM rows WHERE nothing"
    project.source(
        simulate=None,
        folder="$SHOP_DATA",
        files={"rows": "a.csv"},
        tables={"contacts": {"query": query}},
    )
    done = project.cslib("check", "tiny", SHOP_DATA=str(folder))
    assert done.returncode == 2 and "secret place" not in done.stdout + done.stderr
    done = project.cslib("run", "tiny", "--strict", SHOP_DATA=str(folder / "lost"))
    assert "secret place" not in done.stdout + done.stderr


USUAL = {
    "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/export/ann", "PWD": "/srv/desk", "OLDPWD": "/srv", "SHLVL": "1",
    "LANG": "en_US.UTF-8", "TERM": "xterm-256color", "EDITOR": "vi", "USER": "ann",
    "LOGNAME": "ann", "SHELL": "/bin/bash",
    "SSH_AUTH_SOCK": "/tmp/ssh-x/agent.12", "XDG_SESSION_TYPE": "tty", "XDG_SESSION_ID": "1",
    "DESKTOP_SESSION": "gnome",
    "DBUS_SESSION_BUS_ADDRESS": "unix:path=/run/user/1000/bus", "KEYMAP": "us", "MONKEY": "patched", "COMPASS": "north",
    "AUTHOR": "Ann Other", "PYTHONHASHSEED": "0", "OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false",
    "CACHE_KEY": "order", "SORT_KEYS": "true", "AUTH": "none", "API_TOKEN": "1", "DB_PASSWORD": "no", "SECRET": "999",
    "AUTH_METHOD": "resolution", "KEY_TYPE": "satisfaction", "SORT_KEY": "created_at", "SECRET_MODE": "segment",
    "API_TOKEN_TTL": "margin", "TOKEN_EXPIRES": "2026-07-01", "AUTH_TYPE": "customer", "KEY": "coupon",
    "HOSTNAME": "desk-worker-7", "CS_DATA": "/srv/desk-data", "TZ": "Asia/Shanghai", "PASS": "test",
    "COLORTERM": "truecolor", "LS_COLORS": "rs=0:di=01;34:ln=01;36", "VIRTUAL_ENV": "/srv/desk/.venv", "CI": "true",
    "JAVA_HOME": "/usr/lib/jvm/java-17-openjdk-amd64", "GIT_BRANCH": "feature/long-branch-name-with-words-2026",
}  # fmt: skip


def test_an_ordinary_environment_changes_no_word_of_a_page():
    words = (
        " ".join(USUAL.values())
        + " 0 1 7 999 true false none test order orders coupon contacts control"
    )
    scrub = Scrubber(None, USUAL)
    assert scrub.secrets(words) == words
    text = "The coupon brings 0.1 more orders; the key is true. " * 50
    assert scrub(text) == text


def test_short_secrets_are_replaced_as_whole_words_only():
    scrub = Scrubber(None, {"DB_PASSWORD": "rowan", "X_AUTH": "b3ta"})
    assert (
        scrub.secrets("rowan, rowans, (rowan) b3ta b3tas")
        == "$DB_PASSWORD, rowans, ($DB_PASSWORD) $X_AUTH b3tas"
    )


def test_many_long_variables_and_a_long_text_take_no_long_time():
    """A pattern of all forms at every place would take minutes; this takes a second or two. Only the end counts."""
    environ = {f"S{i}_TOKEN": f"{i}-" + "x1y2z3" * 40 for i in range(200)}
    began = time.monotonic()
    scrub = Scrubber(None, environ)
    text = "ordinary words and 12 numbers\n" * 100_000 + environ["S7_TOKEN"]
    assert scrub(text).endswith("\n$S7_TOKEN")
    assert time.monotonic() - began < 120


@pytest.mark.parametrize(
    "environ",
    [
        {"A_TOKEN": "\udcff\udcfe-bytes"},
        {"A_TOKEN": "x" * 1_000_000},
        {"A": "{" * 100_000},
        {"A": "[" * 3000 + "]" * 3000},
        {"": "secret-value"},
        {"A_KEY": "a\x00b"},
    ],
)
def test_making_one_never_raises(environ):
    assert Scrubber(None, environ).secrets("words") == "words"


def test_names_are_read_by_their_words():
    names = ("PWD", "KEYBOARD", "MONKEY_BUSINESS", "AUTHOR", "COMPASS", "PATTERN", "COOKIECUTTER")
    assert list(secrets.found({name: "some value" for name in names})) == []
