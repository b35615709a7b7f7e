"""What the user asks for (or nothing) in, the device and the number format to compute in out."""

from __future__ import annotations

import torch

from gillstory.errors import GillstoryError


def choose_device(device: str | torch.device | None = None) -> torch.device:
    """The device asked for, else the best there is: cuda, mps, cpu."""
    if device is not None:
        try:
            chosen = torch.device(device)
        except RuntimeError as error:
            raise GillstoryError(f"unknown device '{device}'", remedy="Known: cuda, mps, cpu") from error
        if (chosen.type == "cuda" and not torch.cuda.is_available()) or (
            chosen.type == "mps" and not torch.backends.mps.is_available()
        ):
            raise GillstoryError(f"this machine has no '{device}' device", remedy="Use the device cpu")
        return chosen
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def choose_dtype(
    device: torch.device, dtype: str | torch.dtype | None = None, stored: torch.dtype | None = None
) -> torch.dtype:
    """The number format to compute in.

    Parameters
    ----------
    dtype : what the user asks for; None leaves it to the device.
    stored : the format of the weights. A CPU computes in float32, except where they are kept in 16 bits anyway and it
        has instructions for bfloat16 (half again as fast on text, half the memory).
    """
    if isinstance(dtype, str):
        chosen = getattr(torch, dtype, None)
        if not isinstance(chosen, torch.dtype):
            raise GillstoryError(f"unknown dtype '{dtype}'", remedy="Known: float32, bfloat16, float16")
        return chosen
    if dtype is not None:
        return dtype
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
    if device.type == "mps":
        return torch.float16
    able = torch.cpu.get_capabilities()
    fast = able.get("avx512_bf16") or able.get("amx_bf16")
    return torch.bfloat16 if fast and stored in (torch.bfloat16, torch.float16) else torch.float32


def autocast(device: str | torch.device) -> torch.autocast:
    """A context that computes in bfloat16 where the device is fast at it, for training; weights stay as they are."""
    chosen = torch.device(device)
    dtype = choose_dtype(chosen, stored=torch.bfloat16)
    return torch.autocast(chosen.type, torch.bfloat16, enabled=dtype == torch.bfloat16)
