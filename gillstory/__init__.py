"""gillstory: stories told in words and pictures.

>>> import gillstory
>>> gill = gillstory.load("pocket")
>>> reply = gill.reply(["A small red fox lived in the dark forest."], max_new_tokens=40)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from os import PathLike

    import torch

    from gillstory.gill.model import Gill

__all__ = ["__version__", "load"]
__version__ = "0.1.0"


def load(
    name_or_folder: str | PathLike[str],
    device: str | torch.device | None = None,
    dtype: str | torch.dtype | None = None,
) -> Gill:
    """Load a bundle: language model, image encoder, adapters; the painter when it is first asked to paint.

    Parameters
    ----------
    name_or_folder : a bundle's name ("pocket") or its folder.
    device : "cuda", "mps", "cpu"; the best there is when None.
    dtype : the language model's, "float32" or a torch.dtype; what suits the device when None.

    Raises
    ------
    BundleError : there is no such bundle, or it is incomplete or damaged.
    """
    from gillstory.bundle import find_bundle
    from gillstory.gill.model import Gill

    return Gill.load(find_bundle(name_or_folder), device, dtype)
