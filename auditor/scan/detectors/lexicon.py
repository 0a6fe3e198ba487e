"""French words to look for, and how a text is brought to the form they are written in.

The lists are common knowledge: the surnames and first names that public statistics (Insee, fichier des noms de famille
and fichier des prénoms) give as the most frequent, and words that a file of travellers has no business holding. They are
short on purpose: a word is listed when its other meanings are rare.
"""

import re
import unicodedata
from typing import Final

_MARKS: Final = re.compile(r"[\u0300-\u036f]")


def folded(text: str) -> str:
    """Return a text in lower case, without accents, with plain apostrophes and blanks."""
    plain = _MARKS.sub("", unicodedata.normalize("NFKD", text.casefold()))
    return plain.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").replace("œ", "oe").replace("æ", "ae")


def words_of(text: str) -> list[str]:
    """Return the words of a folded text."""
    return re.findall(r"[a-z0-9]+", text)


def any_of(*phrases: str) -> re.Pattern[str]:
    """Return a pattern that finds one of the phrases in a folded text, whole words only."""
    longest = sorted(phrases, key=len, reverse=True)
    return re.compile(r"(?<![a-z0-9])(?:" + "|".join(longest) + r")(?![a-z0-9])")


def _listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


SURNAMES: Final = _listed("""
    martin bernard thomas petit robert richard durand dubois moreau laurent simon michel lefebvre leroy roux david bertrand morel
    fournier girard bonnet dupont lambert fontaine rousseau vincent muller lefevre faure andre mercier blanc guerin boyer garnier
    chevalier francois legrand gauthier garcia perrin robin clement morin nicolas henry roussel mathieu gautier masson marchand
    duval denis dumont marie lemaire noel meyer dufour meunier brun blanchard giraud joly riviere lucas brunet gaillard barbier
    arnaud martinez gerard roche renard schmitt roy leroux colin vidal caron picard roger fabre aubert lemoine renaud dumas
    lacroix olivier philippe bourgeois pierre benoit rey leclerc payet rolland leclercq guillaume lecomte lopez jean dupuy guillot
    hubert berger carpentier sanchez dupuis moulin louis deschamps huet vasseur perez boucher fleury royer klein jacquet adam
    paris poirier marty aubry guyot carre charles renault charpentier menard maillard baron bertin bailly herve schneider
    fernandez collet leger bouvier julien prevost millet perrot daniel cousin germain breton besson langlois remy pelletier
    leveque perret leblanc barre lebrun marchal weber mallet hamon boulanger jacob monnier michaud rodriguez guichard gillet
    etienne grondin poulain tessier chevallier collin chauvin bouchet gay lemaitre benard marechal humbert reynaud antoine hoarau
    perrier barthelemy cordier pichon lejeune gilbert lamy delaunay pasquier carlier laporte delattre vanhoutte deconinck dhaene
""")
FIRST_NAMES: Final = _listed("""
    marie jean pierre michel andre philippe alain bernard jacques daniel francoise nathalie catherine isabelle sylvie monique
    jacqueline anne martine nicolas sebastien christophe laurent stephane david julien thomas alexandre olivier frederic eric
    pascal patrick christian thierry bruno didier dominique gerard claude rene roger marcel robert louis henri paul georges
    maurice andree jeanne suzanne madeleine denise yvonne simone marguerite germaine nicole christiane annie brigitte chantal
    valerie christine veronique sandrine stephanie celine aurelie virginie emilie julie laetitia delphine audrey melanie caroline
    sophie claire camille lea manon chloe emma oceane marine pauline laura sarah mathilde lucie anais justine charlotte louise
    alice jade ines lina zoe juliette ambre lola eva kevin maxime antoine romain anthony guillaume quentin clement alexis theo
    hugo lucas enzo nathan mathis leo gabriel raphael arthur jules adam ethan mohamed mehdi karim samir rachid ahmed ali youssef
    fatima aicha khadija nadia samira fatiha malika yasmine amina ibrahim moussa mamadou aminata fatoumata bastien benjamin arnaud
    fabrice vincent cedric ludovic damien jerome matthieu mathieu gregory jeremy florian loic fabien corinne florence patricia
    agnes helene elisabeth odette raymond lucien marcelle paulette ginette gilbert colette josette gisele yvette huguette
    bernadette evelyne veronica dimitri ophelie elodie amandine marion morgane noemie solene margaux clara elsa agathe victor
    simon baptiste valentin adrien axel tom noah maelys gaetan remi franck gilles serge yves guy joseph emile eugene albert edmond
    fernand xavier regis benoit francois etienne denis luc marc yannick herve joel jose manuel maria ana carlos antonio
""")

PLACES: Final = any_of(
    "rue", "avenue", "boulevard", "place", "gare", "station", "metro", "tram", "arret", "lycee", "college", "ecole", "hopital", "chu",
    "clinique", "mairie", "eglise", "cimetiere", "stade", "parc", "pont", "porte", "quai", "square", "centre", "cite", "residence",
    "square", "zone", "terminus", "universite", "campus", "fort", "chateau", "maison", "ligne", "bus", "saint", "sainte", "st", "ste",
    "foyer", "ehpad", "institut", "faculte", "mosquee", "synagogue", "temple", "abbaye",
)  # fmt: skip
"""Words of a place's name: stops and streets are called after people, and are nobody."""

HEALTH: Final = any_of(
    "handicapee?s?", "seropositi(?:f|ve)s?", "vih", "sida", "cancer", "cancereu(?:x|se)", "chimiotherapie", "chimio", "diabetique",
    "diabete",
    "epileptique", "epilepsie", "schizophren(?:e|ie)", "bipolaire", "depressi(?:f|ve)", "depression nerveuse", "suicidaire", "autiste",
    "autisme", "alzheimer",
    "parkinson", "enceinte", "fausse couche", "dialysee?", "alcoolique", "toxicomane", "toxico", "sous methadone", "en fauteuil roulant",
    "malvoyante?s?", "non voyante?s?", "sourde?s? et muette?s?", "malentendante?s?", "maladie chronique", "malade mentale?",
    "gravement malade",
    "arret maladie", "invalidite", "mdph", "troubles? psychiatriques?", "troubles? psychiques?", "hospitalise(?:e)? (?:pour|en)",
    "traitement medical", "amputee?",
)  # fmt: skip
ORIGIN: Final = any_of(
    "maghrebine?s?", "arabes?", "algerien(?:ne)?s?", "marocaine?s?", "tunisien(?:ne)?s?", "africaine?s?", "gitane?s?", "tsiganes?",
    "manouches?", "roms", "roumaine?s?", "sans[ -]papiers?", "immigree?s?", "refugiee?s?", "demandeurs? d'asile", "clandestine?s?",
    "d'origine (?:etrangere|africaine|maghrebine|arabe|turque|asiatique|roumaine|inconnue)", "personnes? de couleur",
    "type (?:maghrebin|africain|europeen|asiatique|mediterraneen)",
    "peau (?:noire|blanche|mate)", "(?:homme|femme|personne|individu) noire?", "asiatiques?", "black", "beur(?:ette)?s?",
)  # fmt: skip
OPINION: Final = any_of(
    "musulmane?s?", "islamistes?", "juifs?", "juives?", "catholiques?", "protestante?s?", "temoins? de jehovah", "porte le voile",
    "voilee", "syndiquee?s?",
    "syndicalistes?", "delegue syndical", "deleguee syndicale", "cgt", "cfdt", "gilets? jaunes?", "d'extreme (?:droite|gauche)",
    "communistes?",
    "militante?s? (?:politique|syndical|associati(?:f|ve))", "homosexuel(?:le)?s?", "lesbienne?s?", "transgenres?",
    "transsexuel(?:le)?s?", "raciste", "athee",
)  # fmt: skip
JUDGEMENT: Final = any_of(
    "imbeciles?", "idiote?s?", "cretine?s?", "stupides?", "debiles?", "connards?", "connasses?", "conne?s?", "salopes?", "salauds?",
    "menteu(?:r|se)s?",
    "voleu(?:r|se)s?", "malhonnetes?", "de mauvaise foi", "arnaqueu(?:r|se)s?", "profiteu(?:r|se)s?", "escrocs?", "casse[ -]pieds?",
    "chiante?s?",
    "emmerdeu(?:r|se)s?", "penibles?", "insupportables?", "grincheu(?:x|se)s?", "hysteriques?", "folle", "cas soci(?:al|aux)", "racaille",
    "fraudeu(?:r|se) (?:notoire|habituel(?:le)?)",
    "mauvais payeur", "mauvaise payeuse", "agressi(?:f|ve)s?", "ivrogne", "sent mauvais", "sale caractere", "odieu(?:x|se)s?",
)  # fmt: skip

SENSITIVE_LABELS: Final = any_of(
    "handicap(?:e|ee|es|ees)?", "invalid(?:e|es|ite)", "mutile(?:e|s)?", "pmr", "ufr", "aah", "rsa", "cmu", "cmu-c", "css", "c2s", "ame",
    "rmi", "ass", "minima sociaux",
    "demandeurs? d'emploi", "chomeurs?", "chomage", "sans emploi", "quotient familial", "qf ?[0-9]?", "tarif social",
    "tarification solidaire",
    "solidaire", "solidarite", "precaire", "faibles? revenus?", "non imposables?", "boursiers?", "senior", "seniors", "retraites?",
    "retraitee?s?", "age d'or",
    "(?:moins|plus) de [0-9]{1,2} ans", "[0-9]{1,2} ?[-a/] ?[0-9]{1,2} ans", "[0-9]{1,2} ans et (?:plus|moins)", "mineurs?",
    "anciens? combattants?",
    "veuves? de guerre", "salaries? de", "agents? de", "personnel de", "plan de mobilite employeur", "pde", "employeur",
    "abonnement entreprise", "comite d'entreprise",
    "refugies?", "demandeurs? d'asile", "familles? nombreuses?", "detenus?", "apprentis?", "etudiante?s?",
)  # fmt: skip
"""Tariffs and profiles that tell disability, income, age or employer."""

SENTENCE: Final = any_of(
    "je", "il", "elle", "on", "nous", "ils", "elles", "est", "a", "ete", "etait", "sont", "avait", "pas", "ne", "qui", "que", "mais",
    "car", "suite",
    "rappeler", "appel", "client", "cliente", "usager", "souhaite", "demande", "refuse", "dit", "son", "sa", "ses", "lui", "avec", "pour",
    "vu", "ce",
)  # fmt: skip
"""Words that a sentence about someone has and a label has not."""
