import json
import stat

import pytest

from anonymise.keys import RootKey
from auditor.vocabulary.errors import SecretMisuse

HEX = "00112233445566778899aabbccddeeff" * 2


def same(one, other):
    return one.mac_key("test").tag(b"x") == other.mac_key("test").tag(b"x")


def test_a_root_key_file_is_made_for_its_owner_only_and_read_again(tmp_path):
    file = tmp_path / "racine.key"
    made = RootKey.from_file(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert same(made, RootKey.from_file(file, create=False))


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o620, 0o601])
def test_a_root_key_that_others_can_reach_is_refused(tmp_path, mode):
    file = tmp_path / "racine.key"
    RootKey.from_file(file)
    file.chmod(mode)
    with pytest.raises(SecretMisuse, match="other users"):
        RootKey.from_file(file)


def test_a_link_to_a_root_key_is_refused(tmp_path):
    RootKey.from_file(tmp_path / "racine.key")
    (tmp_path / "lien.key").symlink_to(tmp_path / "racine.key")
    with pytest.raises(SecretMisuse, match="ordinary file"):
        RootKey.from_file(tmp_path / "lien.key")


def test_a_missing_root_key_is_not_made_when_told_not_to(tmp_path):
    with pytest.raises(SecretMisuse, match="cannot be read"):
        RootKey.from_file(tmp_path / "racine.key", create=False)
    assert not (tmp_path / "racine.key").exists()


def test_a_root_key_cannot_be_made_in_a_folder_that_does_not_exist(tmp_path):
    with pytest.raises(SecretMisuse, match="cannot be created"):
        RootKey.from_file(tmp_path / "absent" / "racine.key")


@pytest.mark.parametrize("content", ["", "00" * 31, "00" * 33, "zz" * 32, "not a key"])
def test_a_file_that_is_not_a_root_key_is_refused_without_quoting_it(tmp_path, content):
    file = tmp_path / "racine.key"
    file.write_text(content)
    file.chmod(0o600)
    with pytest.raises(SecretMisuse) as refused:
        RootKey.from_file(file)
    assert not content or content not in str(refused.value)


def test_the_environment_gives_the_same_key_in_hexadecimal_and_in_base64(monkeypatch):
    import base64

    monkeypatch.setenv("POINCON_TEST_HEX", HEX)
    monkeypatch.setenv("POINCON_TEST_B64", base64.b64encode(bytes.fromhex(HEX)).decode())
    assert same(RootKey.from_environment("POINCON_TEST_HEX"), RootKey.from_environment("POINCON_TEST_B64"))


def test_an_unset_or_wrong_variable_is_refused(monkeypatch):
    monkeypatch.delenv("POINCON_TEST_ABSENT", raising=False)
    with pytest.raises(SecretMisuse, match="holds no root key"):
        RootKey.from_environment("POINCON_TEST_ABSENT")
    monkeypatch.setenv("POINCON_TEST_SHORT", "c2hvcnQ=")
    with pytest.raises(SecretMisuse, match="not a root key"):
        RootKey.from_environment("POINCON_TEST_SHORT")


def test_a_passphrase_gives_the_same_key_with_the_same_parameters_only(tmp_path):
    parameters = tmp_path / "scrypt.json"
    made = RootKey.from_passphrase("quatre mots en minuscules", parameters, cost=2**14)
    assert stat.S_IMODE(parameters.stat().st_mode) == 0o600
    assert same(made, RootKey.from_passphrase("quatre mots en minuscules", parameters))
    assert not same(made, RootKey.from_passphrase("quatre mots en Minuscules", parameters))
    assert not same(made, RootKey.from_passphrase("quatre mots en minuscules", tmp_path / "autre.json", cost=2**14))


def test_a_passphrase_of_eleven_characters_is_refused_and_of_twelve_taken(tmp_path):
    with pytest.raises(SecretMisuse, match="shorter than 12"):
        RootKey.from_passphrase("x" * 11, tmp_path / "scrypt.json", cost=2**14)
    assert RootKey.from_passphrase("x" * 12, tmp_path / "scrypt.json", cost=2**14)


@pytest.mark.parametrize("change", [{"n": 2**13}, {"salt": "AAAA"}, {"salt": 3}, {"n": 2**14 + 1}, {"n": None}])
def test_weakened_or_damaged_parameters_are_refused(tmp_path, change):
    parameters = tmp_path / "scrypt.json"
    RootKey.from_passphrase("x" * 12, parameters, cost=2**14)
    parameters.write_text(json.dumps({**json.loads(parameters.read_text()), **change}))
    with pytest.raises(SecretMisuse):
        RootKey.from_passphrase("x" * 12, parameters)


def test_labels_give_unrelated_keys():
    root = RootKey("test", bytes(32))
    assert root.mac_key("ab", "c").tag(b"x") != root.mac_key("a", "bc").tag(b"x")
