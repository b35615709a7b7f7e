"""Official checkpoints become bundles; pickles that hold more than tensors are refused, and never run."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml

from gillstory.bundle import find_bundle
from gillstory.errors import BundleError
from gillstory.gill.checkpoint import import_checkpoint

from .conftest import ENCODER, TOKENIZER


class Malice:
    """Unpickling it makes a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = str(folder)

    def __reduce__(self) -> Any:
        return os.mkdir, (self.folder,)


@pytest.mark.parametrize("name", ["pretrained_ckpt.pth.tar", "decision_model.pth.tar"])
def test_a_malicious_pickle_is_refused_and_not_run(checkpoint: Path, tmp_path: Path, name: str) -> None:
    shutil.copytree(checkpoint, tmp_path / "bad")
    torch.save({"state_dict": {"1.weight": Malice(tmp_path / "harm")}}, tmp_path / "bad" / name)
    with pytest.raises(BundleError, match="refused"):
        import_checkpoint(tmp_path / "bad", str(TOKENIZER), str(ENCODER), tmp_path / "bundle")
    assert not (tmp_path / "harm").exists()
    assert not (tmp_path / "bundle").exists()


def test_a_bundle_holds_no_pickle(golden: Any) -> None:
    assert sorted(file.name for file in golden.bundle.folder.iterdir()) == ["adapters.safetensors", "bundle.yaml"]
    assert yaml.safe_load((golden.bundle.folder / "bundle.yaml").read_text())["language"]["first_image_id"] == 387


def test_a_run_on_several_gpus_leaves_module_prefixes(checkpoint: Path, tmp_path: Path) -> None:
    shutil.copytree(checkpoint, tmp_path / "many")
    file = tmp_path / "many" / "pretrained_ckpt.pth.tar"
    weights = torch.load(file, weights_only=True)["state_dict"]
    torch.save({"state_dict": {f"module.{name}": tensor for name, tensor in weights.items()}}, file)
    bundle = import_checkpoint(tmp_path / "many", str(TOKENIZER), str(ENCODER), tmp_path / "bundle")
    assert find_bundle(tmp_path / "bundle") == bundle
    assert not bundle.missing()


def test_nothing_is_overwritten(checkpoint: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(BundleError, match="already"):
        import_checkpoint(checkpoint, str(TOKENIZER), str(ENCODER), tmp_path)
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_other_folders_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="not an official GILL checkpoint"):
        import_checkpoint(tmp_path, str(TOKENIZER), str(ENCODER), tmp_path / "bundle")
