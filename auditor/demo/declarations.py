"""The declared half of the network folder: poincon.toml, mapping.yml, releases, reference tables, register, evidence."""

from collections.abc import Mapping
from datetime import timedelta
from importlib.resources import files
from pathlib import Path
from typing import Final

from auditor.demo.lille import REFERENCE_FILES, reference_text
from auditor.demo.options import LAST_DAY, DemoOptions
from auditor.demo.register import DemoRegister
from auditor.vocabulary.errors import UsageProblem

_SEALS: Final = ("dated:", "reviewed_on:", "valid_from:", "expires_on:", "sha256:")
RELEASES: Final = ("frequentation-lignes.yml", "titres-par-zone.yml")


def start(folder: Path, register_files: Mapping[str, str], pieces: Mapping[str, str] | None = None) -> list[Path]:
    """Write the declarations alone, evidence included, without data and on the machine's clock: a network to adapt. Return the files.

    UsageProblem when the folder holds anything: what somebody wrote is never replaced.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageProblem(
            f"{folder} is not an empty folder.",
            "A network somebody wrote must not be overwritten.",
            "Name a folder that does not exist yet.",
        )
    write(folder, DemoOptions(clean=True), DemoRegister(dict(register_files)), _blank(pieces or {}))
    config = folder / "poincon.toml"
    lines = config.read_text(encoding="utf-8").splitlines(keepends=True)
    # The clock of the demonstration's snapshot would make a live network look younger every day.
    config.write_text("".join(line for line in lines if not line.startswith("as_of")), encoding="utf-8")
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _blank(pieces: Mapping[str, str]) -> dict[str, str]:
    """Take the dates and the seals out of example pieces: until somebody fills them in, no rule may take one for a proof."""
    return {
        name: "".join(f"# {line}" if line.startswith(_SEALS) else line for line in text.splitlines(keepends=True))
        if name.endswith(".yml")
        else text
        for name, text in pieces.items()
    }


def write(folder: Path, options: DemoOptions, register: DemoRegister, pieces: Mapping[str, str]) -> None:
    """Write every declared file of the network; poincon.toml is what makes the folder a network."""
    values = {
        "purpose": register.statistics_purpose(),
        "start": str(LAST_DAY - timedelta(days=1)),
        "end": str(LAST_DAY),
    }
    texts = {
        "poincon.toml": _template("poincon.toml"),
        "mapping.yml": _twin(_template("mapping.yml"), clean=options.clean),
        **{f"releases/{name}": _filled(_template(name), values) for name in RELEASES},
        **{f"reference/{name}": reference_text(name) for name in REFERENCE_FILES},
        **{f"registre/{name}": text for name, text in register.files.items()},
        **{f"evidence/{name}": text for name, text in pieces.items()},
    }
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        # The pieces seal their documents byte for byte: no line may end otherwise on another system.
        path.write_text(text, encoding="utf-8", newline="\n")


def _template(name: str) -> str:
    return files("auditor.demo").joinpath("templates", name).read_text(encoding="utf-8")


def _twin(text: str, *, clean: bool) -> str:
    """Keep the lines of one twin: those marked for the other are dropped, and the marks with them."""
    kept, dropped = ("@clean", "@dirty") if clean else ("@dirty", "@clean")
    lines = [line.removeprefix(kept) for line in text.splitlines(keepends=True) if not line.startswith(dropped)]
    return "".join(lines)


def _filled(text: str, values: Mapping[str, str]) -> str:
    for name, value in values.items():
        text = text.replace(f"@{name}@", value)
    return text
