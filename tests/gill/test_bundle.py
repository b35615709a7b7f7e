"""A wrong bundle.yaml is explained by file and key; missing weights, by the command that fetches them."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from gillstory.bundle import Bundle, Sizes, find_bundle, list_bundles
from gillstory.errors import BundleError

MINIMAL = "format: 1\nlanguage_model: lm\nencoder: encoder\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "bundle.yaml").write_text(MINIMAL)
    return tmp_path


def test_what_is_saved_is_read_back(tmp_path: Path) -> None:
    bundle = Bundle(tmp_path, "fox", "cache:a", "hf:b/c", "painter", licence="MIT", sizes=Sizes(image_tokens=4))
    bundle.save()
    assert find_bundle(tmp_path) == bundle


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("format: 2\n", "format 1"),
        (MINIMAL + "colour: red\n", "unknown key 'colour'"),
        (MINIMAL + "sizes: {image_tokens: many}\n", "'image_tokens' in 'sizes' is a int"),
        (MINIMAL + "writing: {plan: [a fox comes]}\n", "'plan' in 'writing' is a list of lists"),
        (MINIMAL + "writing: {plan: [[a fox comes], [1]]}\n", "'plan' in 'writing' is a list of lists"),
        (MINIMAL + "painting: {scheduler: magic}\n", "unknown scheduler"),
        (MINIMAL + "painting: {enlarge: 0}\n", "'enlarge' in 'painting' is a whole number from 1 on"),
        ("format: 1\nencoder: e\n", "language_model"),
        ("format: 1\nencoder: [\n", "not valid YAML"),
        ("- a\n", "key: value"),
    ],
)
def test_a_wrong_bundle_is_explained(folder: Path, text: str, said: str) -> None:
    (folder / "bundle.yaml").write_text(text)
    with pytest.raises(BundleError, match=said) as error:
        find_bundle(folder)
    assert "bundle.yaml" in str(error.value)


def test_an_unknown_name_is_said(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="no model 'nobody'"):
        find_bundle("nobody")


def test_missing_weights_come_with_a_remedy(folder: Path) -> None:
    bundle = find_bundle(folder)
    assert bundle.missing() == ["language_model (lm)", "encoder (encoder)", "adapters (adapters.safetensors)"]
    with pytest.raises(BundleError, match="correct .*bundle.yaml"):
        bundle.require()


def test_weights_that_can_be_pulled_name_the_command(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GILLSTORY_CACHE", str(folder / "cache"))
    monkeypatch.setenv("HF_HUB_CACHE", str(folder / "hub"))
    (folder / "adapters.safetensors").write_bytes(b"x")
    (folder / "bundle.yaml").write_text("format: 1\nname: fox\nlanguage_model: cache:a\nencoder: hf:b/c\n")
    with pytest.raises(BundleError, match=r"language_model \(cache:a\), encoder \(hf:b/c\).*gillstory models pull fox"):
        find_bundle(folder).require()


def test_hashes_name_every_weight_file(folder: Path) -> None:
    for part in ("lm", "encoder"):
        (folder / part).mkdir()
        (folder / part / "model.safetensors").write_bytes(part.encode())
    (folder / "adapters.safetensors").write_bytes(b"x")
    digest = hashlib.sha256(b"lm").hexdigest()
    hashes = find_bundle(folder).hashes()
    assert hashes["language_model/model.safetensors"] == digest
    assert set(hashes) == {"language_model/model.safetensors", "encoder/model.safetensors", "adapters"}


def test_the_users_bundles_are_found_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GILLSTORY_DATA", str(tmp_path))
    Bundle(tmp_path / "bundles" / "mine", "mine", "cache:a", "cache:b").save()
    assert find_bundle("mine").folder == tmp_path / "bundles" / "mine"
    assert "mine" in [bundle.name for bundle in list_bundles()]
