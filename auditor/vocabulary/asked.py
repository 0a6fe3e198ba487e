"""What the rules ask of each kind of piece: the closed words of `holds` and `facts`, and what each means.

The evidence folder is documented here and nowhere else: the loader refuses any other word, the rules ask for these, reports word
them. A test holds the list equal to what the rules ask.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from auditor.vocabulary.pieces import PieceKind
from auditor.vocabulary.text import Text, said


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a kind of piece must show."""

    what: Text
    """What the piece is."""
    holds: Mapping[str, Text] = field(default_factory=dict)
    """Headings, clauses or steps to find in it, asked always or where the register makes them due."""
    facts: Mapping[str, Text] = field(default_factory=dict)
    """Figures and answers it may give, as text."""


ASKED: Final[Mapping[PieceKind, Asked]] = {
    "access-review": Asked(what=said("Revue des habilitations", "Review of access rights")),
    "accessibility-statement": Asked(
        what=said(
            "Déclaration d’accessibilité des rapports et des pages publiées", "Accessibility statement of the reports and pages published"
        ),
        holds={
            "conformity": said("état de conformité au RGAA", "state of conformity with the RGAA"),
            "exceptions": said("contenus non accessibles et leurs raisons", "contents that are not accessible, and why"),
            "contact": said("moyen de signaler un défaut et d’obtenir le contenu", "way to report a fault and obtain the content"),
            "remedies": said("voies de recours", "remedies"),
            "alternative-to-pdf": said("forme accessible proposée à côté du PDF", "accessible form offered beside the PDF"),
        },
    ),
    "after-sales-scale": Asked(
        what=said("Barème du service après-vente par type de titre", "After-sales scale by kind of medium"),
        holds={
            "anonymous": said("titres anonymes", "anonymous cards"),
            "declarative": said("titres déclaratifs", "declarative cards"),
            "nominative": said("titres nominatifs", "nominative cards"),
        },
    ),
    "archives-agreement": Asked(what=said("Accord avec les archives publiques", "Agreement with the public archives")),
    "backup-policy": Asked(
        what=said("Politique de sauvegarde", "Backup policy"),
        holds={"purge-replay": said("effacements rejoués après une restauration", "erasures replayed after a restoration")},
    ),
    "breach-register": Asked(what=said("Registre des violations de données", "Record of personal data breaches")),
    "card-model": Asked(
        what=said("Modèle des données de la carte", "Model of the data on the card"),
        facts={"event_records": said("nombre d’événements du journal de la carte", "number of events in the card’s journal")},
    ),
    "contract": Asked(
        what=said("Contrat qui lie un sous-traitant (RGPD, article 28(3))", "Contract that binds a processor (GDPR article 28(3))"),
        holds={
            "subject-matter": said("objet", "subject matter"),
            "duration": said("durée", "duration"),
            "nature": said("nature du traitement", "nature of the processing"),
            "purpose": said("finalité", "purpose"),
            "data-types": said("types de données", "types of data"),
            "person-categories": said("catégories de personnes", "categories of persons"),
            "documented-instructions": said("a) instructions documentées", "a) documented instructions"),
            "confidentiality": said("b) confidentialité des personnes autorisées", "b) confidentiality of the persons authorised"),
            "security": said("c) sécurité de l’article 32", "c) security of article 32"),
            "sub-processors": said("d) sous-traitants ultérieurs", "d) other processors"),
            "help-with-rights": said("e) aide pour les droits des personnes", "e) help with the rights of persons"),
            "help-with-obligations": said("f) aide pour les articles 32 à 36", "f) help with articles 32 to 36"),
            "return-or-deletion": said("g) sort des données à la fin", "g) what becomes of the data at the end"),
            "audits": said("h) preuves et audits", "h) proof and audits"),
            "processor-record": said(
                "registre du sous-traitant montré (article 30(2))", "the processor’s own record shown (article 30(2))"
            ),
        },
    ),
    "crypto-policy": Asked(
        what=said("Politique de cryptographie", "Cryptography policy"),
        holds={"key-management": said("procédure écrite de gestion des clés", "written procedure for the management of keys")},
        facts={
            "algorithms": said("algorithmes employés, séparés par des espaces", "algorithms in use, separated by spaces"),
            "keys_permissions": said("droits des fichiers de clés, en octal (0600)", "permissions of the key files, in octal (0600)"),
            "keys_rotated_on": said("jour de la dernière rotation des clés", "day of the last rotation of keys"),
        },
    ),
    "dpo-designation": Asked(
        what=said("Désignation du délégué à la protection des données", "Designation of the data protection officer"),
        holds={
            "contact-published": said("coordonnées publiées", "contact details published"),
            "authority-told": said("coordonnées communiquées à la CNIL", "contact details given to the supervisory authority"),
        },
    ),
    "drill": Asked(what=said("Essai de reconstitution d’une carte témoin", "Drill that rebuilds a witness card")),
    "fraud-identity-procedure": Asked(
        what=said("Procédure de fiabilisation de l’identité des contrevenants", "Procedure for checking the identity of offenders"),
        holds={
            "single-body": said("personne morale unique", "a single legal person"),
            "agents-designated": said("agents désignés", "agents designated"),
            "access-logged": said("accès tracés", "accesses logged"),
            "recovery-only": said("usage limité au recouvrement", "use limited to recovery"),
        },
    ),
    "impact-assessment": Asked(what=said("Analyse d’impact relative à la protection des données", "Data protection impact assessment")),
    "inspection-pack": Asked(
        what=said("Sommaire du dossier prêt pour un contrôle de la CNIL", "Summary of the pack ready for an inspection"),
        holds={
            "record-of-processing": said("registre des activités", "record of processing activities"),
            "fares-by-medium": said("grille tarifaire par type de titre", "fares by kind of medium"),
            "access-log": said("journaux de consultation", "logs of consultations"),
            "consent-proof": said("recueil et preuve du consentement", "collection and proof of consent"),
            "transfer-safeguards": said("encadrement des transferts", "safeguards of the transfers"),
        },
    ),
    "joint-controllers-agreement": Asked(
        what=said("Accord entre responsables conjoints (RGPD, article 26)", "Arrangement between joint controllers (GDPR article 26)"),
        holds={
            "respective-obligations": said("obligations de chacun", "obligations of each"),
            "information-of-persons": said("qui informe les personnes", "who informs the persons"),
            "essence-published": said("grandes lignes mises à la disposition des personnes", "essence made available to the persons"),
        },
    ),
    "log-policy": Asked(
        what=said("Politique de journalisation", "Logging policy"),
        holds={
            "internal-control": said(
                "contrôle interne qui justifie des journaux plus longs", "internal control that justifies longer logs"
            ),
            "tamper-evidence": said("journaux rendus inaltérables hors de la base", "logs made tamper-evident outside the database"),
        },
        facts={"begun_on": said("jour où le journal a commencé", "day the log was begun")},
    ),
    "mobility-data-agreement": Asked(
        what=said("Convention avec un service numérique multimodal", "Agreement with a multimodal digital service"),
        holds={
            "purposes": said("finalités admises", "purposes admitted"),
            "data-list": said("liste limitative des données", "closed list of data"),
            "no-tap-history": said("exclusion de l’historique des validations", "exclusion of the history of taps"),
            "retention": said("durées de conservation chez le service", "retention at the service"),
        },
    ),
    "notice": Asked(
        what=said("Mention d’information (RGPD, article 13)", "Privacy notice (GDPR article 13)"),
        holds={
            "controller": said("identité et coordonnées du responsable", "identity and contact details of the controller"),
            "dpo-contact": said("coordonnées du délégué", "contact details of the data protection officer"),
            "purposes-and-basis": said("finalités et base légale", "purposes and legal basis"),
            "legitimate-interests": said("intérêts légitimes poursuivis", "legitimate interests pursued"),
            "recipients": said("destinataires", "recipients"),
            "transfers": said("transferts hors de l’Union et garanties", "transfers outside the Union and safeguards"),
            "retention": said("durées de conservation", "retention"),
            "rights": said("droits des personnes", "rights of the persons"),
            "consent-withdrawal": said("retrait du consentement", "withdrawal of consent"),
            "complaint": said("réclamation auprès de la CNIL", "complaint to the supervisory authority"),
            "obligation-to-provide": said("caractère obligatoire ou non des données", "whether the data must be provided"),
            "automated-decisions": said("décisions automatisées", "automated decisions"),
            "post-mortem-directives": said("directives relatives au sort des données après la mort", "directives on data after death"),
            "language-for-minors": said("langage adapté aux moins de 15 ans", "language suited to persons under 15"),
        },
        facts={
            "retention": said("durées annoncées, en ISO 8601, séparées par des espaces", "terms told, in ISO 8601, separated by spaces"),
        },
    ),
    "open-data-review": Asked(
        what=said("Revue d’un jeu de données avant sa mise en ligne", "Review of a data set before it is put online"),
        holds={
            "individualisation": said("individualisation", "singling out"),
            "correlation": said("corrélation", "linkability"),
            "inference": said("inférence", "inference"),
            "earlier-releases": said("recoupement avec les publications antérieures", "cross-checking with earlier releases"),
        },
    ),
    "password-policy": Asked(
        what=said("Politique de mots de passe", "Password policy"),
        facts={
            "entropy_bits": said("entropie minimale, en bits", "least entropy, in bits"),
            "lockout": said("blocage après échecs (yes, no)", "lockout after failures (yes, no)"),
            "second_factor": said("matériel détenu par la personne (yes, no)", "device held by the person (yes, no)"),
            "periodic_renewal": said("renouvellement imposé (none, administrators, all)", "renewal imposed (none, administrators, all)"),
        },
    ),
    "public-register": Asked(
        what=said("Édition publique du registre", "Public edition of the register"),
        holds={"security-withheld": said("éléments de sécurité occultés", "security details withheld")},
    ),
    "purge-proof": Asked(what=said("Preuve de la purge à 48 heures", "Proof of the 48-hour purge")),
    "reidentification-analysis": Asked(what=said("Analyse du risque de réidentification", "Analysis of the risk of re-identification")),
    "rights-procedure": Asked(
        what=said("Procédure d’exercice des droits", "Procedure for the exercise of rights"),
        holds={
            "card-in-hand": said("lecture de la carte présentée au guichet", "reading of the card shown at the counter"),
            "visual-check": said("contrôle visuel", "visual check"),
            "no-record-created": said("aucune fiche client créée", "no customer record created"),
            "more-information": said("comment fournir de quoi être reconnu", "how to supply what allows recognition"),
        },
    ),
    "sales-information": Asked(
        what=said("Information sur l’offre sans nom, là où l’on vend", "Information on the unnamed offer, where tickets are sold"),
        holds={
            "counter": said("au guichet", "at the counter"),
            "website": said("sur le site", "on the website"),
            "forms": said("sur les formulaires", "on the forms"),
        },
    ),
    "suspension-record": Asked(
        what=said("Journal des suspensions du chiffrement des trajets", "Record of suspensions of the protection of journeys"),
        holds={
            "reason": said("motif", "reason"),
            "author": said("auteur", "author"),
            "duration": said("durée", "duration"),
            "period-processed-again": said("période traitée à nouveau", "period processed again"),
            "dpo-informed": said("délégué informé", "data protection officer informed"),
        },
    ),
}
"""By kind of piece. Every kind is asked to exist, dated, in force and unchanged; some, to hold what is listed here."""


def holds_of(kind: PieceKind, *unless: str) -> tuple[str, ...]:
    """Return the words asked of a kind of piece, less those that are not due."""
    return tuple(word for word in ASKED[kind].holds if word not in unless)


MISSING: Final[Mapping[str, Text]] = {
    **{word: text for asked in reversed(list(ASKED.values())) for word, text in (*asked.holds.items(), *asked.facts.items())},
    **{kind: asked.what for kind, asked in ASKED.items()},
}
"""What the evidence `missing` means when it comes from a piece: a kind of piece, a heading, a fact."""
