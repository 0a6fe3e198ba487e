"""Traces that two, three or four known points are enough to tell from all others."""

from collections.abc import Iterator

import ibis

from auditor.engine.base import Relation, Row
from auditor.risk.unicity import SIZES, Unicity, unicity
from auditor.rules import Rule, Tables
from auditor.vocabulary.law import Frame, Reading
from auditor.vocabulary.outcomes import Severity
from auditor.vocabulary.text import said
from policies import legal
from policies.rules.anonymisation.groups import STATISTICS, WHERE, kept_for_statistics
from policies.rules.questions import concerns_stores


def traces_that_few_points_single_out(t: Tables) -> Iterator[Row]:
    """Measure, per table kept for statistics, the share of unique traces with 2, 3 and 4 points (stop, else line, and hour).

    `sample` traces are drawn, in an order that depends only on their content and on `seed`; a table of fewer is tried whole.
    A table whose rows name nobody has no trace and gives no finding.
    """
    concerns_stores(t, *STATISTICS)
    taps = kept_for_statistics(t)
    linked = taps.filter(taps.person.notnull())
    places = linked.select(*WHERE).distinct().order_by(list(WHERE))
    for place in t.ask(places):
        for found in _measured(t, linked, place):
            if found.share > float(t.parameter("limit")):
                yield {**place, **_told(found), "threshold": t.parameter("limit"), "seed": t.parameter("seed")}


def _measured(t: Tables, linked: Relation, place: Row) -> tuple[Unicity, ...]:
    here = linked.filter(*(linked[name] == place[name] for name in WHERE))
    # Prefixes keep a line from passing for a stop of the same code.
    where = ibis.coalesce(ibis.literal("stop ").concat(here.stop), ibis.literal("line ").concat(here.line))
    points = here.select(trace=here.person, where=where, hour=here.hour)
    drawn, seed = int(t.parameter("sample")), t.parameter("seed")
    return unicity(t.ask, points, trace="trace", by=["where", "hour"], drawn=drawn, seed=seed, sizes=SIZES)


def _told(found: Unicity) -> Row:
    low, high = found.interval
    return {
        "points": found.points,
        "traces": found.traces,
        "traces_unique": found.unique,
        "traces_short": found.short,
        "share": found.share,
        "interval": f"{low:.3f} – {high:.3f}",
        "cards": found.population,
    }


RULE = Rule(
    id="RGPD-ANO-UNICITE",
    name="anonymisation.traces-that-few-points-single-out",
    family="anonymisation",
    title=said("Unicité des traces de déplacement", "Uniqueness of mobility traces"),
    severity=Severity.BLOCKING,
    sources=(legal.MOBILITY_UNICITY,),
    reading=Reading.VERIFIED,
    frames=frozenset({Frame.GDPR}),
    needs=("validations.tapped_at", "validations.card", "validations.card_form"),
    parameters={"limit": "0.01", "sample": "1000", "seed": "poincon-1"},
    query=traces_that_few_points_single_out,
    message=said(
        "{table} (magasin {store}) : {points} passages connus (lieu et heure) suffisent à reconnaître {share} des traces "
        "({traces_unique} sur {traces} essayées, intervalle {interval} à 95 %), dans une table de {cards} cartes ou jetons ; "
        "{traces_short} traces tirées étaient trop courtes.",
        "{table} (store {store}): {points} known taps (place and hour) are enough to recognise {share} of the traces "
        "({traces_unique} of {traces} tried, interval {interval} at 95%), in a table of {cards} cards or tokens; "
        "{traces_short} traces drawn were too short.",
    ),
    remediation=said(
        "Ne pas exporter de suites de passages par porteur : publier des matrices origine-destination avec un seuil d’effectif.",
        "Do not export sequences of taps by holder: publish origin–destination matrices with a threshold.",
    ),
    rationale=said(
        "Deux passages vus par un voisin ou par un collègue suffisent souvent à retrouver toute une trace, même sans nom : le jeu Myki "
        "(15 millions de cartes) l’a montré, et quatre points isoleraient 93 % de 60 millions de personnes selon un modèle publié. La "
        "règle tire des points au hasard dans les traces elles-mêmes et compte combien de traces les contiennent tous. Le chiffre vaut "
        "pour les points tirés, non pour ceux qu’un observateur choisirait ; l’échantillon et sa graine sont dits, et le tirage est "
        "toujours le même. Le seuil de 1 % est une proposition de ce projet : la science mesure et ne fixe pas de limite.",
        "Two taps seen by a neighbour or a colleague are often enough to find a whole trace, even without a name: the Myki data set "
        "(15 million cards) showed it, and four points would single out 93% of 60 million people according to a published model. The "
        "rule draws points at random from the traces themselves and counts how many traces contain them all. The figure holds for the "
        "points drawn, not for those an observer would choose; the sample and its seed are stated, and the draw is always the same. The "
        "limit of 1% is this project’s proposal: science measures and sets no limit.",
    ),
    judgement=said(
        "Dire ce qu’un observateur peut savoir : les domiciles, les compagnons de voyage et les autres fichiers ne sont pas essayés.",
        "What an observer may know: homes, travel companions and other files are not tried.",
    ),
)
