"""What texts say beside codes: words that rise, and a map of contacts that nobody coded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from cs_lib.diagnosis.needs_and_causes.result import Written
from cs_lib.language import later
from cs_lib.methods.emerging.rising_terms import BEFORE, RECENT, RisingTerm, rising_terms
from cs_lib.methods.errors import CannotEstimate
from cs_lib.methods.topics.quotes import quotes, without_persons
from cs_lib.methods.topics.tokens import words_of
from cs_lib.methods.topics.topic_map import TopicMap, topic_map
from cs_lib.metrics.needs_and_causes import NeedsEvidence
from cs_lib.metrics.queries.needs.texts import WrittenText
from cs_lib.params.needs_and_causes import NeedsAndCauses
from cs_lib.sentences import Text, say

WHY_NO_TEXT = later("The contacts of the last weeks carry no text.")

Words = Sequence[tuple[str, ...]]


def written(evidence: NeedsEvidence, study: NeedsAndCauses) -> Written:
    """Rising words and topics, as far as there are texts and the libraries that read them."""
    texts, settings = evidence.written.texts, study.attribution.words
    if not texts:
        return Written(why_not={"terms": say(WHY_NO_TEXT), "topics": say(WHY_NO_TEXT)})
    try:
        plain = [without_persons(one.text, settings.names) for one in texts]
        words = words_of(plain, stop=settings.silent, known=settings.whole)
    except CannotEstimate as error:
        return Written(why_not={"terms": error.reason, "topics": error.reason})
    rising = _rising(texts, words, study.rule.false_discoveries)
    why_not = dict[str, Text]()
    uncoded = [(one.text, own) for one, own in zip(texts, words, strict=True) if not one.coded]
    found = _map([own for _, own in uncoded], why_not)
    shown, said = found.topics if found else (), [text for text, _ in uncoded]
    names = settings.names
    return Written(
        rising=rising,
        examples=_examples(texts, words, rising, names) if settings.quotes else {},
        topics=shown,
        quotes=tuple(
            quotes(said, topic.typical, names=names) if settings.quotes else () for topic in shown
        ),
        hidden=found.hidden if found else 0,
        mapped=found.mapped if found else 0,
        read=found.texts if found else 0,
        why_not=why_not,
    )


def _rising(texts: Sequence[WrittenText], words: Words, rate: float) -> tuple[RisingTerm, ...]:
    """Words in more texts of the last eight weeks than in the 26 before them."""
    recent, before, sizes = Counter[str](), Counter[str](), [0, 0]
    for one, own in zip(texts, words, strict=True):
        late = one.week < RECENT
        if not late and one.week >= RECENT + BEFORE:
            continue
        sizes[0 if late else 1] += one.contacts
        for word in set(own):
            (recent if late else before)[word] += one.contacts
    terms = sorted({*recent, *before})
    return rising_terms(
        terms,
        [recent[term] for term in terms],
        [before[term] for term in terms],
        (sizes[0], sizes[1]),
        rate=rate,
    )


def _examples(
    texts: Sequence[WrittenText],
    words: Words,
    rising: tuple[RisingTerm, ...],
    names: Sequence[str],
) -> dict[str, tuple[str, ...]]:
    """A few late texts of each word that rose, persons masked."""
    late = [
        (one.text, set(own)) for one, own in zip(texts, words, strict=True) if one.week < RECENT
    ]
    said = [text for text, _ in late]
    return {
        one.term: quotes(
            said, [i for i, (_, own) in enumerate(late) if one.term in own], names=names
        )
        for one in rising
    }


def _map(words: Words, why_not: dict[str, Text]) -> TopicMap | None:
    try:
        return topic_map(words)
    except CannotEstimate as error:
        why_not["topics"] = error.reason
        return None
