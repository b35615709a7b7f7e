"""Weights as somebody packed them -> the folders that a bundle reads; so that a conversion is done once, not per run.

A GGUF language model becomes a Hugging Face folder (safetensors in bfloat16, tokenizer, config), EfficientNet-Lite0 a
folder of open_clip (its `local-dir:`). Nothing is downloaded here, and a pickle is read with weights_only alone.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

# An image tower and nothing else: open_clip wants a text tower too, so it gets the smallest one, all zeros.
EFFICIENTNET_CONFIG: dict[str, Any] = {
    "model_cfg": {
        "embed_dim": 1280,
        "vision_cfg": {
            "timm_model_name": "tf_efficientnet_lite0",
            "timm_model_pretrained": False,
            "timm_pool": "avg",
            "timm_proj": "none",
            "image_size": 224,
        },
        "text_cfg": {"context_length": 8, "vocab_size": 8, "width": 8, "heads": 1, "layers": 1},
    },
    "preprocess_cfg": {
        "mean": [0.5, 0.5, 0.5],
        "std": [0.5, 0.5, 0.5],
        "interpolation": "bicubic",
        "resize_mode": "shortest",
    },
}


def unpack_gguf(weights: Path, folder: Path) -> None:
    """Write a GGUF language model of the Llama family as a Hugging Face folder.

    Parameters
    ----------
    weights : the .gguf file.
    folder : where config.json, model.safetensors and the tokenizer go.
    """
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaConfig, LlamaForCausalLM

    source = {"pretrained_model_name_or_path": weights.parent, "gguf_file": weights.name, "local_files_only": True}
    packed = AutoModelForCausalLM.from_pretrained(**source, dtype=torch.bfloat16)
    # save_pretrained refuses a model that was read from GGUF: a fresh one without the quantisation takes its weights.
    config = packed.config.to_dict()
    config.pop("quantization_config", None)
    model = LlamaForCausalLM(LlamaConfig.from_dict(config)).to(torch.bfloat16)
    model.load_state_dict(packed.state_dict())
    model.tie_weights()
    model.save_pretrained(folder)
    AutoTokenizer.from_pretrained(**source).save_pretrained(folder)


def unpack_efficientnet(weights: Path, folder: Path) -> None:
    """Write EfficientNet-Lite0's state dict as an open_clip folder, its 1000 ImageNet classes beside it.

    Parameters
    ----------
    weights : the .pth file, a pickled state dict whose tensors stand in timm's order under names of their own.
    folder : where open_clip_config.json, open_clip_model.safetensors (the tower: pictures -> (batch, 1280)) and
        classifier.safetensors (weight (1000, 1280), bias (1000,)) go.

    Raises
    ------
    ValueError : the tensors are not EfficientNet-Lite0's.
    """
    import timm
    import torch
    from open_clip.model import CLIP
    from safetensors.torch import save_file

    packed = [
        tensor
        for name, tensor in torch.load(weights, map_location="cpu", weights_only=True).items()
        if not name.endswith("num_batches_tracked")
    ]
    expected = {
        name: tensor
        for name, tensor in timm.create_model("tf_efficientnet_lite0", pretrained=False).state_dict().items()
        if not name.endswith("num_batches_tracked")
    }
    if [tensor.shape for tensor in packed] != [tensor.shape for tensor in expected.values()]:
        raise ValueError(f"{weights.name} does not hold EfficientNet-Lite0")
    named = dict(zip(expected, packed, strict=True))
    classes = {name: named.pop(f"classifier.{name}").contiguous() for name in ("weight", "bias")}

    sizes = EFFICIENTNET_CONFIG["model_cfg"]
    model = CLIP(sizes["embed_dim"], sizes["vision_cfg"], sizes["text_cfg"])
    state = {name: torch.zeros_like(tensor) for name, tensor in model.state_dict().items()}
    state |= {f"visual.trunk.{name}": tensor.contiguous() for name, tensor in named.items()}
    model.load_state_dict(state)  # refuses a name too many

    folder.mkdir(parents=True, exist_ok=True)
    (folder / "open_clip_config.json").write_text(json.dumps(EFFICIENTNET_CONFIG, indent=2) + "\n", encoding="utf-8")
    save_file(state, folder / "open_clip_model.safetensors")
    save_file(classes, folder / "classifier.safetensors")
