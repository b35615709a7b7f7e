"""Stage bundle: what the stages have trained -> a bundle's folder, float16 safetensors, ready to ship.

The picture-side maps, trained on the classifier's logits, are folded into maps of the encoder's pooled feature. Of the
autoencoder only the decoder ships. Large weights are cut into shards.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import torch
from diffusers import AutoencoderDC, UNet2DConditionModel
from safetensors.torch import save_file
from torch import nn
from transformers import CLIPTextModel

from gillstory.bundle import Bundle, LanguageSettings, PaintingSettings, PhotoSettings, WritingSettings
from gillstory.gill.adapters import Adapters
from gillstory.training.adapters import CLASSES, adapter_sizes
from gillstory.training.features import ENCODER, Classifier
from gillstory.training.painter import build_scheduler
from gillstory.training.prompts import LANGUAGE_MODEL
from gillstory.training.recipe import Recipe

SHARD = "16MB"
PIPELINE = {
    "_class_name": "StableDiffusionPipeline",
    "feature_extractor": [None, None],
    "safety_checker": [None, None],
    "scheduler": ["diffusers", "DPMSolverMultistepScheduler"],
    "text_encoder": ["transformers", "CLIPTextModel"],
    "tokenizer": ["transformers", "CLIPTokenizer"],
    "unet": ["diffusers", "UNet2DConditionModel"],
    "vae": ["diffusers", "AutoencoderDC"],
}


def write_bundle(recipe: Recipe, work: Path, device: str) -> None:
    """Write the bundle to WORK/bundle; what is there is replaced."""
    output = work / "bundle"
    shutil.rmtree(output / "painter", ignore_errors=True)
    _write_painter(recipe, work, output / "painter")
    _write_adapters(recipe, work, output)
    settings = recipe.bundle
    Bundle(
        folder=output,
        name=settings["name"],
        description=settings["description"],
        licence="Apache-2.0",
        language_model=f"cache:{LANGUAGE_MODEL}",
        encoder=f"cache:{ENCODER}",
        painter="painter",
        sizes=adapter_sizes(recipe),
        language=LanguageSettings(beginning_of_sequence=False, context=settings["context"]),
        writing=WritingSettings(opening=settings["opening"], **settings["writing"]),
        painting=PaintingSettings(
            steps=settings["steps"], guidance_scale=float(settings["guidance_scale"]), enlarge=settings["enlarge"]
        ),
        photos=PhotoSettings(**settings["photos"]),
    ).save()


def _write_adapters(recipe: Recipe, work: Path, output: Path) -> None:
    trained = torch.load(work / "adapters" / "adapters.pt", weights_only=True)
    mapper = torch.load(work / "mapper" / "mapper.pt", weights_only=True)
    head = torch.load(work / "decision" / "head.pt", weights_only=True)
    classifier = Classifier.load()
    hidden, width = trained["image_embeddings"].shape[1], classifier.weight.shape[1]
    weights = {
        name: tensor for name, tensor in trained.items() if not name.startswith(("prefix.", "mapper.", "decision."))
    }
    weights |= {f"mapper.{name}": tensor for name, tensor in mapper.items()}
    weights |= {f"decision.{name}": tensor for name, tensor in head.items()}
    prefix = torch.load(work / "prefix" / "map.pt", weights_only=True)
    retrieval = {name: trained[f"retrieval_picture.{name}"] for name in ("weight", "bias")}
    for part, state in (("prefix", prefix), ("retrieval_picture", retrieval)):
        map = nn.Linear(CLASSES, len(state["bias"]))
        map.load_state_dict(state)
        weights[f"{part}.weight"], weights[f"{part}.bias"] = classifier.fold(map)
    adapters = Adapters(adapter_sizes(recipe), hidden, width)
    adapters.load_state_dict(weights)
    output.mkdir(parents=True, exist_ok=True)
    adapters.save(output / "adapters.safetensors")


def _write_painter(recipe: Recipe, work: Path, folder: Path) -> None:
    unet = UNet2DConditionModel.from_pretrained(work / "painter" / "unet")
    unet.to(torch.float16).save_pretrained(folder / "unet", max_shard_size=SHARD)
    CLIPTextModel.from_pretrained(work / "wording" / "text_encoder", dtype=torch.float16).save_pretrained(
        folder / "text_encoder"
    )
    shutil.copytree(work / "text" / "tokenizer", folder / "tokenizer")
    build_scheduler(recipe.painter).save_pretrained(folder / "scheduler")
    vae = AutoencoderDC.from_pretrained(work / "vae" / "model")
    vae.save_config(folder / "vae")
    decoder = {
        name: tensor.half().contiguous() for name, tensor in vae.state_dict().items() if name.startswith("decoder.")
    }
    save_file(decoder, folder / "vae" / "diffusion_pytorch_model.safetensors")
    (folder / "model_index.json").write_text(json.dumps(PIPELINE, indent=2) + "\n")
