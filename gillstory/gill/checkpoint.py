"""An official GILL checkpoint folder in, a bundle of ours out.

The folder holds `model_args.json`, `pretrained_ckpt.pth.tar` and, at times, `decision_model.pth.tar`. Those two are
pickles: they are read with `weights_only`, which builds tensors and nothing else, and refused if that does not do.
"""

from __future__ import annotations

import json
import pickle
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor

from gillstory.bundle import Bundle, LanguageSettings, Sizes
from gillstory.errors import BundleError

ARGUMENTS, WEIGHTS, DECISION = "model_args.json", "pretrained_ckpt.pth.tar", "decision_model.pth.tar"
OFFICIAL_HEADS = 4  # attention heads of GILLMapper: not in the checkpoint, fixed in the official code
OURS = {  # official prefix -> ours
    "visual_embeddings.": "prefix.",
    "visual_fc.": "retrieval_picture.",
    "ret_text_hidden_fcs.0.model.": "retrieval_text.",
    "gen_text_hidden_fcs.0.fc.": "mapper.input.",
    "gen_text_hidden_fcs.0.tfm.": "mapper.",
    "gen_text_hidden_fcs.0.model.": "mapper.output.",
    "gen_text_hidden_fcs.0.query_embs": "mapper.queries",
    "input_embeddings.weight": "image_embeddings",
    "logit_scale": "logit_scale",
}


def import_checkpoint(
    folder: Path, language_model: str, encoder: str, output: Path, painter: str | None = None, licence: str = "unknown"
) -> Bundle:
    """Turn an official checkpoint folder into a bundle.

    Parameters
    ----------
    folder : the checkpoint's.
    language_model, encoder, painter : a folder, `cache:NAME` or `hf:ORG/NAME`.
    output : the bundle's folder; it must not exist, or be empty.

    Raises
    ------
    BundleError : the folder is no GILL checkpoint, or holds more than tensors, or there is something in `output`.
    """
    if output.exists() and (not output.is_dir() or any(output.iterdir())):
        raise BundleError("there is something here already", file=output, remedy="Name a new folder")
    arguments = _read_arguments(folder / ARGUMENTS)
    official = _read_tensors(folder / WEIGHTS)
    weights = {_our_name(name, folder / WEIGHTS): tensor.contiguous() for name, tensor in official.items()}
    image_ids = arguments["gen_token_idx"]
    weights["image_embeddings"] = weights["image_embeddings"][-len(image_ids) :].clone()
    weights |= _decision(folder / DECISION, weights["image_embeddings"])
    bundle = Bundle(
        folder=output,
        name=output.name,
        description=f"GILL, imported from {folder.name}",
        licence=licence,
        language_model=_absolute(language_model),
        encoder=_absolute(encoder),
        painter=_absolute(painter) if painter else None,
        sizes=_sizes(weights, folder / WEIGHTS),
        language=LanguageSettings(first_image_id=image_ids[0]),
    )
    output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=output.parent, prefix=f".{output.name}-") as scratch:
        unfinished = Path(scratch) / output.name
        unfinished.mkdir()
        save_file(weights, unfinished / bundle.adapters)
        replace(bundle, folder=unfinished).save()
        if output.exists():
            output.rmdir()
        unfinished.rename(output)
    return bundle


def _read_arguments(file: Path) -> dict[str, Any]:
    try:
        arguments = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        message = f"not an official GILL checkpoint: {ARGUMENTS} cannot be read"
        raise BundleError(message, file=file, remedy="Name the folder that holds it") from error
    ids = arguments.get("gen_token_idx") if isinstance(arguments, dict) else None
    if not ids or ids != arguments.get("retrieval_token_idx") or arguments.get("text_fc_mode") != "gill_mapper":
        message = "not a GILL checkpoint whose [IMG] tokens both retrieve and generate through GILLMapper"
        raise BundleError(message, file=file)
    return arguments


def _read_tensors(file: Path) -> dict[str, Tensor]:
    """The state dict of a checkpoint file; nothing in it is executed."""
    try:
        content = torch.load(file, map_location="cpu", weights_only=True)
    except OSError as error:
        raise BundleError(f"cannot be read: {error.strerror}", file=file) from error
    except (pickle.UnpicklingError, RuntimeError, EOFError, ValueError, KeyError, TypeError) as error:
        message = "refused: it holds more than tensors, or is damaged; nothing in it was executed"
        raise BundleError(message, file=file, remedy="Get the official file again and compare its hash") from error
    tensors = content.get("state_dict") if isinstance(content, dict) else None
    if not isinstance(tensors, dict) or not all(isinstance(tensor, Tensor) for tensor in tensors.values()):
        raise BundleError("not a GILL checkpoint: it has no 'state_dict' of tensors", file=file)
    return tensors


def _our_name(name: str, file: Path) -> str:
    inner = name.removeprefix("module.").removeprefix("model.")
    for theirs, ours in OURS.items():
        if inner.startswith(theirs):
            return ours + inner.removeprefix(theirs)
    raise BundleError(f"not a GILL checkpoint: it holds '{name}'", file=file)


def _decision(file: Path, image_embeddings: Tensor) -> dict[str, Tensor]:
    """The decision head's weights; zeros, which leave the decision open, if it was not trained."""
    if not file.exists():
        return {"decision.weight": torch.zeros(2, image_embeddings.shape[1]), "decision.bias": torch.zeros(2)}
    tensors = _read_tensors(file)
    try:
        return {"decision.weight": tensors["1.weight"], "decision.bias": tensors["1.bias"]}
    except KeyError as error:
        raise BundleError(f"not a decision model: it has no {error}", file=file) from error


def _sizes(weights: dict[str, Tensor], file: Path) -> Sizes:
    """What the shapes say."""
    try:
        image_tokens, hidden = weights["image_embeddings"].shape
        _, condition_tokens, mapper_width = weights["mapper.queries"].shape
        return Sizes(
            image_tokens=image_tokens,
            prefix_tokens=len(weights["prefix.bias"]) // hidden,
            retrieval=len(weights["retrieval_text.bias"]),
            condition_tokens=condition_tokens,
            condition_width=len(weights["mapper.output.bias"]),
            mapper_width=mapper_width,
            mapper_layers=sum(name.endswith("multihead_attn.in_proj_weight") for name in weights),
            mapper_heads=OFFICIAL_HEADS,
            mapper_feedforward=len(weights["mapper.encoder.layers.0.linear1.bias"]),
        )
    except (KeyError, ValueError) as error:
        raise BundleError(f"not a GILL checkpoint: {error} is missing or of another shape", file=file) from error


def _absolute(reference: str) -> str:
    """A part as the bundle names it: a folder stays where it is, whatever folder the bundle lies in."""
    return reference if reference.startswith(("cache:", "hf:")) else str(Path(reference).expanduser().resolve())
