"""Two tiny models: the golden one, imported from an official checkpoint, and a random Llama with a random painter."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import diffusers
import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from transformers import (
    AutoTokenizer,
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTokenizer,
    LlamaConfig,
    LlamaForCausalLM,
    OPTConfig,
    OPTForCausalLM,
)

import gillstory
from gillstory.bundle import Bundle, PaintingSettings, Sizes
from gillstory.gill.adapters import Adapters
from gillstory.gill.checkpoint import import_checkpoint
from gillstory.gill.model import Gill

GOLDEN = Path(__file__).parents[1] / "golden"
TOKENIZER, ENCODER = GOLDEN / "facebook" / "opt-tiny", GOLDEN / "openai" / "clip-tiny"
SIZES = Sizes(
    image_tokens=4,
    prefix_tokens=2,
    retrieval=16,
    condition_tokens=8,
    condition_width=24,
    mapper_width=16,
    mapper_layers=1,
    mapper_heads=2,
    mapper_feedforward=32,
)


def golden_picture(i: int) -> Image.Image:
    """The picture of that number, as golden/README.md defines it."""

    def wave(y: np.ndarray, x: np.ndarray, c: np.ndarray) -> np.ndarray:
        return (np.sin(0.05 * (i + 1) * x + 0.07 * y + 1.3 * c) + np.cos(0.03 * (i + 2) * y - c)) * 60 + 127

    return Image.fromarray(np.fromfunction(wave, (64, 64, 3)).clip(0, 255).astype(np.uint8))


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint folder in the official format."""
    spec = importlib.util.spec_from_file_location("make_checkpoint", GOLDEN / "make_checkpoint.py")
    assert spec and spec.loader
    make_checkpoint = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(make_checkpoint)
    folder = tmp_path_factory.mktemp("official") / "gill_opt"
    make_checkpoint.write(folder, "facebook/opt-tiny", "openai/clip-tiny", 64, 48, 387)
    return folder


@pytest.fixture(scope="session")
def golden(checkpoint: Path) -> Gill:
    """The model of the golden numbers."""
    bundle = checkpoint.parent / "bundle"
    import_checkpoint(checkpoint, str(TOKENIZER), str(ENCODER), bundle)
    return gillstory.load(bundle, device="cpu", dtype="float32")


@pytest.fixture(scope="session", params=["llama", "opt"])
def tiny(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Gill:
    """A random model of either family, OPT with projected word embeddings, and a painter."""
    folder = tmp_path_factory.mktemp("bundles") / request.param
    torch.manual_seed(0)
    shape = {"vocab_size": 386, "num_hidden_layers": 2, "num_attention_heads": 4, "initializer_range": 0.3}
    ends = {"bos_token_id": 2, "eos_token_id": 2, "pad_token_id": 1}
    if request.param == "llama":
        llama = LlamaConfig(
            hidden_size=32, intermediate_size=64, num_key_value_heads=2, tie_word_embeddings=False, **shape, **ends
        )
        LlamaForCausalLM(llama).save_pretrained(folder / "lm")
    else:
        opt = OPTConfig(hidden_size=48, word_embed_proj_dim=32, ffn_dim=64, init_std=0.3, dropout=0, **shape, **ends)
        OPTForCausalLM(opt).save_pretrained(folder / "lm")
    AutoTokenizer.from_pretrained(TOKENIZER).save_pretrained(folder / "lm")
    write_painter(folder / "painter", "AutoencoderDC")
    Adapters(SIZES, hidden=32, encoder_width=48).save(folder / "adapters.safetensors")
    painting = PaintingSettings(steps=3)
    Bundle(folder, "tiny", "lm", str(ENCODER), "painter", sizes=SIZES, painting=painting).save()
    return gillstory.load(folder, device="cpu")


def write_painter(folder: Path, autoencoder: str) -> None:
    """A random Stable Diffusion folder; of AutoencoderDC only the decoder's weights are kept."""
    letters = [chr(c) for c in range(33, 127)]
    words = [*letters, *(letter + "</w>" for letter in letters), "<|startoftext|>", "<|endoftext|>"]
    tokenizer = CLIPTokenizer(vocab={word: i for i, word in enumerate(words)}, merges=[], model_max_length=8)
    tokenizer.save_pretrained(folder / "tokenizer")
    text = CLIPTextConfig(
        vocab_size=len(words),
        hidden_size=24,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        max_position_embeddings=8,
    )
    CLIPTextModel(text).save_pretrained(folder / "text_encoder")
    diffusers.UNet2DConditionModel(
        sample_size=8,
        in_channels=4,
        out_channels=4,
        block_out_channels=(8, 16),
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        layers_per_block=1,
        norm_num_groups=4,
        cross_attention_dim=24,
        attention_head_dim=2,
        addition_embed_type="text",
        addition_embed_type_num_heads=2,
    ).save_pretrained(folder / "unet")
    if autoencoder == "AutoencoderDC":
        channels, empty = (8, 8, 8), ((), (), ())
        vae = diffusers.AutoencoderDC(
            latent_channels=4,
            attention_head_dim=4,
            encoder_block_types="ResBlock",
            decoder_block_types="ResBlock",
            encoder_block_out_channels=channels,
            decoder_block_out_channels=channels,
            encoder_layers_per_block=(0, 1, 1),
            decoder_layers_per_block=(0, 1, 1),
            encoder_qkv_multiscales=empty,
            decoder_qkv_multiscales=empty,
        )
    elif autoencoder == "AutoencoderTiny":
        channels = (8, 8, 8)
        vae = diffusers.AutoencoderTiny(
            encoder_block_out_channels=channels,
            decoder_block_out_channels=channels,
            num_encoder_blocks=(1, 1, 1),
            num_decoder_blocks=(1, 1, 1),
        )
    else:
        blocks = {"down_block_types": ("DownEncoderBlock2D",) * 3, "up_block_types": ("UpDecoderBlock2D",) * 3}
        vae = diffusers.AutoencoderKL(block_out_channels=(8, 8, 8), norm_num_groups=4, latent_channels=4, **blocks)
    vae.save_pretrained(folder / "vae")
    if autoencoder == "AutoencoderDC":
        file = folder / "vae" / "diffusion_pytorch_model.safetensors"
        save_file({name: w for name, w in load_file(file).items() if name.startswith("decoder.")}, file)
    diffusers.PNDMScheduler(skip_prk_steps=True).save_pretrained(folder / "scheduler")
    (folder / "model_index.json").write_text('{"_class_name": "StableDiffusionPipeline"}')
