"""Codes that stand on a page as words: each is marked here for the catalogues and said by `wording.name`.

What the simulated desk calls its channels, needs and offers is marked where that desk is planned.
"""

from __future__ import annotations

from cs_lib.language import later, noun

# The outcomes of a guardrail.
OUTCOMES = (later("holds"), later("breached"), later("not shown"))
PERIODS = (later("before"), later("after"))
VARIANTS = (later("control"), later("treatment"), later("changed"), later("the change"))
# Nouns after a number, with the word that counts them.
CLUSTERS = (
    noun("agent", "agents", 1),
    noun("store", "stores", 1),
    noun("team", "teams", 1),
    noun("customer", "customers", 1),
    noun("stratum", "strata", 1),
)

# Columns by which effects and work are split, and what is assigned whole.
COLUMNS = (
    later("segment"),
    later("region"),
    later("stratum"),
    later("need"),
    later("issue"),
    later("owner"),
    later("channel"),
    later("product"),
    later("team"),
    later("queue"),
    later("agent"),
    later("store"),
    later("language"),
)

# The stages of a contact's life.
STAGES = (
    later("created"),
    later("queued"),
    later("assigned"),
    later("in progress"),
    later("replied"),
    later("waiting customer"),
    later("waiting third party"),
    later("transferred"),
    later("escalated"),
    later("resolved"),
    later("reopened"),
    later("closed"),
    later("follow up"),
    later("other"),
    later("handed on"),
    later("customer wrote"),
    later("noted"),
    later("bot replied"),
    later("rest"),
)

# The segments of the simulated desk.
SEGMENTS = (
    later("new"),
    later("regular"),
    later("vip"),
    later("east"),
    later("south"),
    later("north"),
    later("central"),
    later("southwest"),
    later("northwest"),
)

# The options of a method, in the table of methods.
OPTIONS = (
    later("adoption dates"),
    later("alpha"),
    later("anticipation"),
    later("assignments"),
    later("cap"),
    later("capped"),
    later("clusters control"),
    later("clusters treatment"),
    later("control series"),
    later("controls"),
    later("counted by"),
    later("covariates"),
    later("dersimonian laird"),
    later("design effect"),
    later("draws"),
    later("dropped"),
    later("effect by assignment"),
    later("end effect"),
    later("errors"),
    later("first stage F"),
    later("horizon seconds"),
    later("icc"),
    later("lee high"),
    later("lee low"),
    later("left out"),
    later("ljung box p"),
    later("n assignments"),
    later("n changed"),
    later("n control"),
    later("n donors"),
    later("n never"),
    later("n off"),
    later("n on"),
    later("n post"),
    later("n pre"),
    later("n treatment"),
    later("noise z"),
    later("periods after"),
    later("periods before"),
    later("prefit rmse"),
    later("pull"),
    later("quantile"),
    later("raw effect"),
    later("rel effect"),
    later("rel effect ci high"),
    later("rel effect ci low"),
    later("residual sd"),
    later("rho"),
    later("rule"),
    later("scale"),
    later("se these customers"),
    later("seed"),
    later("smallest detectable"),
    later("smallest p"),
    later("trend"),
    later("trimmed"),
    later("unit"),
    later("uptake difference"),
    later("variance ratio"),
    later("wander p"),
    later("drift shift"),
    later("washout days"),
    later("weekday z"),
    later("x control"),
    later("x treatment"),
)

# The values of such options.
VALUES = (
    later("day"),
    later("week"),
    later("linear"),
    later("linear and season"),
    later("curve"),
    later("drift"),
    later("none"),
    later("log"),
    later("natural"),
    later("not yet"),
    later("never"),
    later("t alone"),
    later("t and randomisation"),
    later("randomisation"),
    later("pooled"),
    later("own"),
    later("influence"),
    later("agents"),
    later("strata"),
    later("customers"),
)
