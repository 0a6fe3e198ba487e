"""One process of the Data Privacy Vocabulary as an activity of the register."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, get_args

from auditor.vocabulary import dpv
from auditor.vocabulary import register_words as words
from auditor.vocabulary.interchange import unpacked
from auditor.vocabulary.register import Activity, Actor, Category, Coverage, Invoked, Pseudonymisation, Purpose, Recipient, Transfer
from auditor.vocabulary.text import said
from policies.registry.exchange.dpv_graph import Source, compact, is_text, local
from policies.registry.exchange.dpv_terms import assessment, code, day, duration, terms
from policies.registry.exchange.naming import identifier

_ROLES: Final[Mapping[str, str]] = {
    "dpv:hasDataController": "controller",
    "dpv:hasJointDataControllers": "joint-controller",
    "dpv:hasDataProcessor": "processor",
    "poincon:hasPartner": "partner",
}
_KINDS: Final[Mapping[str, str]] = {"dpv:DataProcessor": "processor", "dpv:DataSubProcessor": "processor", "dpv:Authority": "authority"}
_NAMES: Final = ("dct:title", "rdfs:label", "skos:prefLabel", "dpv:hasName")
_MEASURES: Final = ("dpv:hasTechnicalOrganisationalMeasure", "dpv:hasTechnicalMeasure", "dpv:hasOrganisationalMeasure")

_NO_TITLE: Final = said("traitement sans titre : son nom en tient lieu", "a process without a title: its name stands for it")
_NO_NAME: Final = said(
    "organisme sans nom : le nom du nœud en tient lieu, à confirmer", "a body without a name: the node's stands for it, to be confirmed"
)
_CONCEPT: Final = said(
    "notion sans équivalent connu ici : reprise sous son nom", "a concept without a known equivalent here: taken under its name"
)
_SEVERAL: Final = said(
    "plusieurs bases légales pour le traitement, aucune rattachée à une finalité : à rattacher",
    "several legal bases for the process, none tied to a purpose: to be tied",
)
_ONE_FOR_ALL: Final = said(
    "base légale dite pour tout le traitement : donnée à chaque finalité, à confirmer",
    "a legal basis for the whole process: given to each purpose, to be confirmed",
)
_NO_PURPOSE: Final = said("base légale sans finalité à qui la donner", "a legal basis without a purpose to give it to")
_NOT_A_BASIS: Final = said("ce n’est pas une base de l’article 6(1) du RGPD", "this is no basis of GDPR art. 6(1)")
_KIND: Final = said(
    "destinataire dont la nature n’est pas dite : inscrit comme partenaire, à confirmer",
    "a recipient whose kind is not said: entered as a partner, to be confirmed",
)
_NO_CATEGORY: Final = said("colonne sans catégorie lisible : elle n’est pas déclarée", "a column without a readable category: not declared")
_COUNTRY: Final = said("pays sans destinataire ni garantie : à compléter", "a country without a recipient or a safeguard: to be completed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Inherited:
    """What stands above a process."""

    records: tuple[Any, ...]


def read_process(source: Source, node: Any, name: str, above: Inherited, taken: list[str]) -> Activity:
    """Read one process. `taken` holds the ids of purposes of the register, and receives those of this one."""
    title = source.text(node, "dct:title", "rdfs:label", "skos:prefLabel", "dpv:hasName")
    if not title and not source.has(node, "dct:title"):
        source.note(compact(node) or name, _NO_TITLE, kind="note")
        title = local(node) or name
    holders = [node, *above.records]
    actors = tuple(_actors(source, [node])) or tuple(_actors(source, above.records))
    pseudonyms = _pseudonymisation(source, node)
    return Activity(
        id=name,
        title=title,
        created_on=day(source, node, "dct:created", "dct:issued"),
        updated_on=day(source, node, "dct:modified"),
        actors=actors,
        dpo=_officer(source, holders),
        purposes=tuple(_purposes(source, node, taken)),
        persons=tuple(_named(source, node, dpv.PERSONS, "dpv:hasDataSubject")),
        data_categories=tuple(_named(source, node, dpv.DATA, "dpv:hasPersonalData", "dpv:hasPersonalDataCategory")),
        recipients=tuple(_recipients(source, node)),
        transfers=_transfers(source, node),
        retention=tuple(terms(source, node)),
        security=tuple(_named(source, node, dpv.MEASURES, *_MEASURES)),
        dpia=assessment(source, node),
        ticketing=source.text(node, "poincon:ticketing") == "true",
        pseudonymisation_domain=source.text(node, "poincon:pseudonymisationDomain"),
        pseudonymisation=pseudonyms,
        references=tuple(_references(source, node)),
        covers=tuple(_covers(source, node)),
        rights=_rights(source, node),
        source_of_data=source.text(node, "poincon:sourceOfData"),
        automated_decision=source.text(node, "poincon:automatedDecision"),
    )


def _actors(source: Source, holders: Sequence[Any]) -> Iterator[Actor]:
    found = [(held, role) for holder in holders for link, role in _ROLES.items() for held in source.objects(holder, link)]
    for held, role in sorted(found, key=lambda pair: source.rank(pair[0])):
        contact = ", ".join(filter(None, (source.text(held, "dpv:hasAddress"), source.text(held, "dpv:hasContact"))))
        yield Actor(
            name=_body(source, held),
            role=role,  # type: ignore[arg-type]
            contact=contact,
            agreement=source.text(held, "poincon:agreement"),
            public_body=source.text(held, "poincon:publicBody") == "true",
        )


def _body(source: Source, node: Any) -> str:
    """Return the name of a body; the name of its node, remarked, when it has none."""
    if is_text(node):
        return str(node)
    name = source.text(node, "dpv:hasName", "dct:title", "rdfs:label", "skos:prefLabel")
    if not name and not source.has(node, "dpv:hasName"):
        source.note(compact(node) or "nœud sans nom", _NO_NAME, kind="note")
        return local(node)
    return name


def _officer(source: Source, holders: Sequence[Any]) -> str:
    """Return the first officer that the process, its controller or the register names."""
    controllers = [held for holder in holders for held in source.objects(holder, "dpv:hasDataController")]
    for holder in [*holders, *controllers]:
        for held in source.objects(holder, "dpv:hasDataProtectionOfficer"):
            if is_text(held):
                return str(held)
            parts = (source.text(held, "dpv:hasName"), source.text(held, "dpv:hasAddress"), source.text(held, "dpv:hasContact"))
            return ", ".join(filter(None, parts)) or local(held)
    return ""


def _purposes(source: Source, node: Any, taken: list[str]) -> Iterator[Purpose]:
    found = source.objects(node, "dpv:hasPurpose")
    own = any(source.has(held, "dpv:hasLegalBasis") for held in found if not is_text(held))
    shared = None if own else _shared_basis(source, node, found)
    for held in found:
        title = str(held) if is_text(held) else source.text(held, *_NAMES)
        named = "" if is_text(held) else source.text(held, "dpv:hasIdentifier", "dct:identifier")
        kinds = [] if is_text(held) else source.kinds(held)
        concept = next((one.partition(":")[2] for one in (compact(held), *kinds) if one.partition(":")[2] in dpv.PURPOSES), "")
        if not title and not source.has(held, "dct:title"):
            title = dpv.PURPOSES.get(concept, "") or local(held)
            if not concept:
                source.note(compact(held) or compact(node), _CONCEPT, kind="note")
        family = "" if is_text(held) else source.text(held, "poincon:family")
        if not family and concept and not source.has(node, "poincon:format"):
            family = next((one for one, exact in dpv.FAMILY_EXACT.items() if exact == concept), "")
        purpose = identifier(named or title, "finalite", taken)
        taken.append(purpose)
        yield Purpose(
            id=purpose,
            title=title,
            family=family,
            basis=shared or _basis(source, held),  # type: ignore[arg-type]
            basis_reference="" if is_text(held) else source.text(held, "poincon:basisReference"),
        )


def _basis(source: Source, node: Any) -> str | None:
    if is_text(node):
        return None
    found = {basis for name in source.codes(node, "dpv:hasLegalBasis") if (basis := _article_6(source, node, name))}
    if len(found) > 1:
        source.note(compact(node), _SEVERAL)
    return found.pop() if len(found) == 1 else None


def _article_6(source: Source, node: Any, name: str) -> str | None:
    for basis, article in words.BASIS_ARTICLES.items():
        term = f"eu-gdpr:A6-1-{article[-2]}"
        if name == term or name.startswith(f"{term}-"):
            return basis
    source.note(f"{compact(node)}, dpv:hasLegalBasis", _NOT_A_BASIS, name)
    return None


def _shared_basis(source: Source, node: Any, purposes: Sequence[Any]) -> str | None:
    found = {basis for name in source.codes(node, "dpv:hasLegalBasis") if (basis := _article_6(source, node, name))}
    place = f"{compact(node)}, dpv:hasLegalBasis"
    if not found:
        return None
    if not purposes or len(found) > 1:
        source.note(place, _SEVERAL if len(found) > 1 else _NO_PURPOSE, " ; ".join(sorted(found)))
        return None
    if len(purposes) > 1:
        source.note(place, _ONE_FOR_ALL, kind="note")
    return found.pop()


def _named(source: Source, node: Any, known: Mapping[str, str], *links: str) -> Iterator[str]:
    """Yield each thing under some links in words: its own title, else ours for a concept of DPV, else the concept's name."""
    for held in source.objects(node, *links):
        if is_text(held):
            yield str(held)
            continue
        if source.has(held, "poincon:algorithm"):
            continue
        title = source.text(held, *_NAMES)
        if title or source.has(held, "dct:title"):
            yield title
            continue
        concepts = [compact(held)] if source.alone(held) else [*source.kinds(held), compact(held)]
        names = [one.partition(":")[2] for one in concepts]
        concept = next((one for one in names if one in known), "")
        if not concept:
            source.note(compact(held) or compact(node), _CONCEPT, kind="note")
        yield known.get(concept) or local(held) or next((one for one in names if one), "")


def _recipients(source: Source, node: Any) -> Iterator[Recipient]:
    for held in source.objects(node, "dpv:hasRecipient"):
        kind = code(source, held, "poincon:kind", words.RECIPIENTS)
        if kind is None:
            kind = next((_KINDS[one] for one in (source.kinds(held) if not is_text(held) else ()) if one in _KINDS), None)
        if kind is None:
            source.note(f"{compact(held) or compact(node)}, dpv:hasRecipient", _KIND, kind="note")
        why = "" if is_text(held) else source.text(held, "poincon:why", "dct:description")
        accounts = "" if is_text(held) else _packed(source, held, "poincon:accounts")
        yield Recipient(name=_body(source, held), kind=kind or "partner", why=why, accounts=unpacked(accounts))  # type: ignore[arg-type]


def _packed(source: Source, node: Any, name: str) -> str:
    """Return a list written in one text as it was written: each of its lines is unescaped on its own."""
    return next((str(held) for held in source.objects(node, name) if is_text(held)), "")


def _transfers(source: Source, node: Any) -> Any:
    state = code(source, node, "poincon:transfers", {"none": None, "listed": None})
    if state == "none":
        return "none"
    listed = [
        Transfer(
            country=source.text(held, "poincon:country"),
            recipient=next((_body(source, one) for one in source.objects(held, "dpv:hasDataImporter")), ""),
            safeguards=source.text(held, "poincon:safeguards"),
            documents=source.text(held, "poincon:documents"),
        )
        for held in source.objects(node, "poincon:hasTransfer")
    ]
    if state == "listed":
        return tuple(listed)
    importers = [_body(source, one) for one in source.objects(node, "dpv:hasDataImporter")]
    for held in source.objects(node, "dpv:hasThirdCountry"):
        country = str(held) if is_text(held) else source.text(held, *_NAMES) or local(held)
        source.note(f"{compact(node)}, dpv:hasThirdCountry", _COUNTRY, country)
        listed.append(Transfer(country=country, recipient=importers[0] if len(importers) == 1 else "", safeguards=""))
    return tuple(listed) or None


def _pseudonymisation(source: Source, node: Any) -> Pseudonymisation | None:
    for held in source.objects(node, "dpv:hasTechnicalMeasure"):
        if is_text(held) or not source.has(held, "poincon:algorithm"):
            continue
        bits = source.text(held, "poincon:keyBits")
        return Pseudonymisation(
            algorithm=source.text(held, "poincon:algorithm"),
            key_bits=int(bits) if bits.lstrip("-").isdecimal() and len(bits) < 10 else None,  # noqa: PLR2004 - no key is so long
            key_kept_in=source.text(held, "poincon:keyKeptIn"),
            period=duration(source, held, "poincon:period"),
            accounts=unpacked(_packed(source, held, "poincon:accounts")),
        )
    return None


def _references(source: Source, node: Any) -> Iterator[Invoked]:
    for held in source.objects(node, "poincon:invokes"):
        invoked = code(source, held, "poincon:invokedAs", words.INVOKED) or "benchmark"
        yield Invoked(text=source.text(held, "dct:title"), invoked_as=invoked)  # type: ignore[arg-type]
    for name in source.codes(node, "dpv:hasLegalBasis"):
        if name.startswith("eu-gdpr:A9-2-"):
            yield Invoked(text=f"RGPD, article 9(2)({name[13:14]})", invoked_as="legal-basis")


def _covers(source: Source, node: Any) -> Iterator[Coverage]:
    for held in source.objects(node, "poincon:covers"):
        columns: dict[str, Category] = {}
        for column in source.objects(held, "poincon:hasColumn"):
            category = code(source, column, "poincon:category", dict.fromkeys(get_args(Category)))
            name = source.text(column, "dct:title")
            if category:
                columns[name] = category  # type: ignore[assignment]
            else:
                source.note(compact(column) or compact(held), _NO_CATEGORY, name)
        state = code(source, held, "poincon:state", words.STATES) or ""
        yield Coverage(table=source.text(held, "dct:title"), columns=columns, state=state)  # type: ignore[arg-type]


def _rights(source: Source, node: Any) -> str:
    """Return what the sheet says of the rights; else the rights that it names by their articles."""
    written = source.text(node, "poincon:rights")
    if written or source.has(node, "poincon:format"):
        return written
    named = []
    for held in source.objects(node, "dpv:hasRight"):
        article = local(held)
        known = dpv.RIGHTS.get(article)
        named.append(f"{known[1]} (art. {article[1:]})" if known else local(held))
    return ", ".join(named)
