"""What a record of processing must hold (GDPR art. 30(1), points a to g), and what data-protection officers miss beyond it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from auditor.vocabulary.register import Activity, Declared
from auditor.vocabulary.text import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldState:
    """One expected field of one activity."""

    field: str
    """Keys of the register file, where the correction goes: the absent ones, or all of them when the field is present."""
    article: str
    """`30(1)(a)`, or the article that makes the field useful."""
    label: Text
    present: bool
    line: int | None
    """Line of the field, or of the file's first line when it is absent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Completeness:
    """How complete one activity is."""

    activity: str
    title: str
    file: str
    mandatory: tuple[FieldState, ...]
    """The seven points of art. 30(1)."""
    additional: tuple[FieldState, ...]
    """What art. 30 does not ask for, and a supervisory authority or a person will."""

    @property
    def score(self) -> int:
        """Number of the mandatory points that are present."""
        return sum(state.present for state in self.mandatory)

    @property
    def total(self) -> int:
        """Number of mandatory points: seven."""
        return len(self.mandatory)

    @property
    def missing(self) -> tuple[str, ...]:
        """Articles whose point is absent (`30(1)(f)`)."""
        return tuple(state.article for state in self.mandatory if not state.present)

    @property
    def complete(self) -> bool:
        """True when nothing is missing, mandatory or additional."""
        return all(state.present for state in (*self.mandatory, *self.additional))


def completeness(declared: Declared) -> Completeness:
    """Judge one activity field by field. Presence only: whether the content is true is for the rules to find."""
    activity = declared.activity
    return Completeness(
        activity=activity.id,
        title=activity.title,
        file=declared.file,
        mandatory=tuple(_state(expected, declared) for expected in _MANDATORY),
        additional=tuple(_state(expected, declared) for expected in _ADDITIONAL),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Expected:
    article: str
    label: Text
    parts: Mapping[str, Callable[[Activity], bool]]
    """Whether each key of the file says what is expected of it."""


def _state(expected: _Expected, declared: Declared) -> FieldState:
    absent = [key for key, present in expected.parts.items() if not present(declared.activity)]
    concerned = absent or list(expected.parts)
    return FieldState(
        field=", ".join(concerned),
        article=expected.article,
        label=expected.label,
        present=not absent,
        line=declared.line(concerned[0]),
    )


def _said(text: str) -> bool:
    return bool(text.strip())


def _controller(activity: Activity) -> bool:
    contacts = [actor.contact for actor in activity.actors if actor.role in {"controller", "joint-controller"} and _said(actor.name)]
    return any(map(_said, contacts))


def _purposes(activity: Activity) -> bool:
    return any(_said(purpose.title) for purpose in activity.purposes)


def _terms(activity: Activity) -> bool:
    return bool(activity.retention) and all(_said(term.data) and _said(term.starts) for term in activity.retention)


def _dpia(activity: Activity) -> bool:
    dpia = activity.dpia
    if dpia is None:
        return False
    if dpia.status == "done":
        return _said(dpia.reference) and dpia.validated_on is not None
    return dpia.status == "not-required" and _said(dpia.reason) and not activity.ticketing


_AGREED: Final[Mapping[str, bool]] = {"controller": False, "joint-controller": True, "processor": True, "partner": False}
"""Roles that art. 26 or 28 ties to a written agreement."""


def _roles(activity: Activity) -> bool:
    return bool(activity.actors) and all(_said(actor.agreement) or not _AGREED[actor.role] for actor in activity.actors)


def _named(activity: Activity) -> bool:
    return bool(activity.recipients) and all(_said(recipient.name) and _said(recipient.why) for recipient in activity.recipients)


_MANDATORY: Final = (
    _Expected(
        article="30(1)(a)",
        label=Text("Responsable du traitement, ses coordonnées et celles du DPO", "Controller, its contact details and the DPO’s"),
        parts={"actors": _controller, "dpo": lambda activity: _said(activity.dpo)},
    ),
    _Expected(article="30(1)(b)", label=Text("Finalités", "Purposes"), parts={"purposes": _purposes}),
    _Expected(
        article="30(1)(c)",
        label=Text("Catégories de personnes et de données", "Categories of persons and of data"),
        parts={
            "persons": lambda activity: any(map(_said, activity.persons)),
            "data_categories": lambda activity: any(map(_said, activity.data_categories)),
        },
    ),
    _Expected(
        article="30(1)(d)",
        label=Text("Destinataires", "Recipients"),
        parts={"recipients": lambda activity: bool(activity.recipients)},
    ),
    _Expected(
        article="30(1)(e)",
        label=Text("Transferts hors de l’Union européenne (ou leur absence, dite)", "Transfers outside the European Union, or none, said"),
        parts={"transfers": lambda activity: activity.transfers == "none" or bool(activity.transfers)},
    ),
    _Expected(
        article="30(1)(f)",
        label=Text("Durées\N{NO-BREAK SPACE}: durée, point de départ et sort final", "Terms: duration, starting event and final fate"),
        parts={"retention": _terms},
    ),
    _Expected(
        article="30(1)(g)",
        label=Text("Mesures de sécurité", "Security measures"),
        parts={"security": lambda activity: any(map(_said, activity.security))},
    ),
)

_ADDITIONAL: Final = (
    _Expected(
        article="6",
        label=Text("Base légale de chaque finalité", "Legal basis of each purpose"),
        parts={"purposes": lambda activity: bool(activity.purposes) and all(purpose.basis for purpose in activity.purposes)},
    ),
    _Expected(
        article="26, 28",
        label=Text("Rôle de chaque acteur et accord écrit", "Role of each actor and written agreement"),
        parts={"actors": _roles},
    ),
    _Expected(
        article="15(1)(c)",
        label=Text("Destinataires nommés, avec leur raison", "Recipients by name, with the reason"),
        parts={"recipients": _named},
    ),
    _Expected(
        article="35",
        label=Text("AIPD validée et datée, ou dispense motivée", "DPIA validated and dated, or why none"),
        parts={"dpia": _dpia},
    ),
    _Expected(
        article="12",
        label=Text("Exercice des droits", "How rights are exercised"),
        parts={"rights": lambda activity: _said(activity.rights)},
    ),
    _Expected(
        article="14(2)(f)",
        label=Text("Source des données", "Source of the data"),
        parts={"source_of_data": lambda activity: _said(activity.source_of_data)},
    ),
    _Expected(
        article="22",
        label=Text("Décision automatisée", "Automated decision"),
        parts={"automated_decision": lambda activity: _said(activity.automated_decision)},
    ),
    _Expected(
        article="5(2)",
        label=Text("Date de mise à jour", "Date of the last update"),
        parts={"updated_on": lambda activity: activity.updated_on is not None},
    ),
)
