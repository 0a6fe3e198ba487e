"""The register as fideslang YAML, for the Fides data map. `auditor.vocabulary.fides` says what stands where."""

from typing import Any, Final

import yaml

from auditor.vocabulary.fides import document
from auditor.vocabulary.register import Register

_HEAD: Final = """\
# Registre des activités de traitement au format fideslang 3.1.4, écrit par Poinçon.
# Sous « meta », la fiche entière : fideslang n’a pas de place pour le point de départ des durées, le sort final, les droits…
"""
_WIDTH: Final = 118


def render_fides(register: Register) -> bytes:
    """Write the document of a register: the same register gives the same bytes. Empty lists of resources are left out."""
    content = {name: held for name, held in document([one.activity for one in register.activities]).items() if held}
    text = yaml.dump(content, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH, default_flow_style=False)
    return (_HEAD + text).encode()


class _Dumper(yaml.SafeDumper):
    """Indents lists under their key and never writes an alias: a data map is reviewed by people."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002 - PyYAML's own signature
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - PyYAML's own signature
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    # PyYAML folds the line breaks that are not a line feed unless they are escaped.
    style = '"' if any(mark in text for mark in "\r\x85\u2028\u2029") else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)
