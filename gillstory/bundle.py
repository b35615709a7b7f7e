"""A bundle's name or folder in, what the model is made of and where its weights lie out.

A bundle is a folder with a `bundle.yaml` that names a language model, an image encoder, a painter and the adapters
between them, and every size that depends on them. Nothing heavy is imported here: looking is cheap.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar

import yaml
from platformdirs import user_cache_path, user_config_path, user_data_path

from gillstory.errors import BundleError

FORMAT = 1
FILE = "bundle.yaml"
WEIGHTS = ("*.safetensors", "*.bin", "*.pt", "*.pth")
SCHEDULERS = ("dpm-solver++", "own")  # own: the one that the painter's folder names
BUNDLED = Path(__file__).parent / "bundles"


def cache_folder() -> Path:
    """Where pulled weights are kept: GILLSTORY_CACHE, or the platform's cache folder."""
    return Path(os.environ.get("GILLSTORY_CACHE") or user_cache_path("gillstory"))


def data_folder() -> Path:
    """Where the user's bundles and photo indexes are kept: GILLSTORY_DATA, or the platform's data folder."""
    return Path(os.environ.get("GILLSTORY_DATA") or user_data_path("gillstory"))


def config_folder() -> Path:
    """Where the user's gillstory.yaml is looked for."""
    return user_config_path("gillstory")


@dataclass(frozen=True)
class Sizes:
    """Every size of the adapters that the frozen models do not dictate (defaults: the paper's, section 4).

    Attributes
    ----------
    image_tokens : how many [IMG] tokens.
    prefix_tokens : input vectors per picture.
    retrieval : dimensions of the space in which pictures are retrieved.
    condition_tokens, condition_width : shape of what conditions the painter.
    mapper_width, mapper_layers, mapper_heads, mapper_feedforward : GILLMapper; layers on either side.
    mapper_input_embeddings : GILLMapper reads hidden states plus [IMG] input embeddings, as the official one does.
    """

    image_tokens: int = 8
    prefix_tokens: int = 4
    retrieval: int = 256
    condition_tokens: int = 77
    condition_width: int = 768
    mapper_width: int = 512
    mapper_layers: int = 4
    mapper_heads: int = 4
    mapper_feedforward: int = 2048
    mapper_input_embeddings: bool = True


@dataclass(frozen=True)
class LanguageSettings:
    """What else the prompt needs.

    Attributes
    ----------
    beginning_of_sequence : the first text begins with the tokenizer's beginning-of-sequence token.
    context : how many positions the language model can see.
    first_image_id : the id of [IMG0]; None: the first one behind the vocabulary.
    """

    beginning_of_sequence: bool = True
    context: int = 2048
    first_image_id: int | None = None


@dataclass(frozen=True)
class PaintingSettings:
    """How the painter paints by default.

    Attributes
    ----------
    size : side of the picture in pixels; None: what the painter was trained for.
    steps : denoising steps.
    guidance_scale : of classifier-free guidance; 1 is none.
    scheduler : one of SCHEDULERS.
    enlarge : how many times as wide a book shows the picture; see `gillstory.gill.enlarging`.
    """

    size: int | None = None
    steps: int = 50
    guidance_scale: float = 7.5
    scheduler: str = "dpm-solver++"
    enlarge: int = 1


@dataclass(frozen=True)
class WritingSettings:
    """How the language model writes by default.

    Attributes
    ----------
    temperature, top_p, repetition_penalty : see `gillstory.gill.sampling.Sampling`.
    page_tokens : the most tokens of a page; it ends with the first sentence behind two thirds of them.
    opening : what stands before a story's pages; `{title}` and `{cast}` stand for the title and for a sentence about
        each of the cast.
    plan : what may happen on the first page behind the author's, on the second and so on, and then again from the
        start, a choice for each; `{name}` stands for one of the cast. Empty: the model goes on as it likes.
    request : what the model reads of the plan before it writes a page, and forgets behind it; `{plan}` stands for it.
    """

    temperature: float = 0.65
    top_p: float = 0.9
    repetition_penalty: float = 1.05
    page_tokens: int = 90
    opening: str = "{title}\n\n{cast}"
    plan: list[list[str]] = field(default_factory=list)
    request: str = "\n\n({plan})\n\n"

    def request_for(self, event: str, name: str) -> str:
        """What the model reads before a page on which an event of the plan happens to somebody."""
        return self.request.replace("{plan}", event.replace("{name}", name))


@dataclass(frozen=True)
class PhotoSettings:
    """From which similarity (cosine, -1 to 1) on a photo counts, as `gillstory eval` finds it.

    Attributes
    ----------
    search : what somebody searches for in words.
    picture : what is like a picture, for the encoder alone.
    story : what a story may show rather than have painted.
    alike : near duplicates, for the encoder alone.
    """

    search: float = 0.2
    picture: float = 0.45
    story: float = 0.2
    alike: float = 0.85


@dataclass(frozen=True)
class Bundle:
    """What a model is made of, as its bundle.yaml says.

    Attributes
    ----------
    folder : where bundle.yaml lies.
    language_model, encoder, painter : a folder (relative to the bundle's), `cache:NAME` (unpacked by `models pull`)
        or `hf:ORG/NAME` (in the Hugging Face cache). A bundle without painter can only retrieve.
    adapters : the trained part, a safetensors file in the bundle's folder.
    """

    folder: Path
    name: str
    language_model: str
    encoder: str
    painter: str | None = None
    adapters: str = "adapters.safetensors"
    description: str = ""
    licence: str = "unknown"
    sizes: Sizes = field(default_factory=Sizes)
    language: LanguageSettings = field(default_factory=LanguageSettings)
    painting: PaintingSettings = field(default_factory=PaintingSettings)
    writing: WritingSettings = field(default_factory=WritingSettings)
    photos: PhotoSettings = field(default_factory=PhotoSettings)

    def locate(self, reference: str) -> Path:
        """The folder or file of a part; it need not exist.

        Raises
        ------
        BundleError : the part is to come from the Hugging Face cache and is not there.
        """
        if reference.startswith("cache:"):
            return cache_folder() / "models" / reference.removeprefix("cache:")
        if reference.startswith("hf:"):
            return self._locate_in_hub_cache(reference.removeprefix("hf:"))
        return self.folder / Path(reference).expanduser()

    def _locate_in_hub_cache(self, repository: str) -> Path:
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

        try:
            return Path(snapshot_download(repository, local_files_only=True))
        except (LocalEntryNotFoundError, HfHubHTTPError, HFValidationError) as error:
            message = f"{repository} is not in the Hugging Face cache"
            raise BundleError(message, file=self.folder / FILE, remedy=self._remedy) from error

    @property
    def parts(self) -> dict[str, str]:
        """The parts that have weights: their role, and where the bundle says that they are."""
        roles = ("language_model", "encoder", "painter", "adapters")
        return {role: getattr(self, role) for role in roles if getattr(self, role) is not None}

    @property
    def _remedy(self) -> str:
        return f"Run: gillstory models pull {self.name}"

    def missing(self) -> list[str]:
        """The parts whose weights are not on this disk."""
        return [f"{role} ({reference})" for role, reference in self.parts.items() if not self._weights(reference)]

    def require(self) -> None:
        """Raise a BundleError that says what to do if weights are missing."""
        missing = self.missing()
        if missing:
            pulled = all("(cache:" in part or "(hf:" in part for part in missing)
            remedy = self._remedy if pulled else f"Put them there, or correct {self.folder / FILE}"
            raise BundleError(f"weights of the bundle '{self.name}' are missing: {', '.join(missing)}", remedy=remedy)

    def hashes(self, *roles: str) -> dict[str, str]:
        """The sha256 of each weight file of some parts (all when none is named), under role and name; it reads them."""
        return {
            f"{role}/{name}" if name else role: _sha256(file)
            for role, reference in self.parts.items()
            if not roles or role in roles
            for name, file in self._weights(reference).items()
        }

    def _weights(self, reference: str) -> dict[str, Path]:
        """A part's weight files, by their path inside the part."""
        try:
            place = self.locate(reference)
        except BundleError:
            return {}
        if place.is_file():
            return {"": place}
        found = {file for pattern in WEIGHTS for file in place.rglob(pattern)}
        return {file.relative_to(place).as_posix(): file for file in sorted(found)}

    def save(self) -> None:
        """Write bundle.yaml into the bundle's folder; a bundle.yaml that is there is replaced."""
        content = {"format": FORMAT, **{key: value for key, value in asdict(self).items() if value is not None}}
        del content["folder"]
        self.folder.mkdir(parents=True, exist_ok=True)
        scratch = self.folder / f".{FILE}.{os.getpid()}"
        scratch.write_text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True), encoding="utf-8")
        os.replace(scratch, self.folder / FILE)


def find_bundle(name_or_folder: str | os.PathLike[str]) -> Bundle:
    """The bundle of that name (installed with gillstory, or in the user's data folder), or in that folder.

    Raises
    ------
    BundleError : there is none, or its bundle.yaml cannot be understood.
    """
    wanted = Path(name_or_folder).expanduser()
    places = [wanted]
    if len(wanted.parts) == 1 and re.fullmatch(r"[\w.-]+", str(name_or_folder)):
        places = [BUNDLED / wanted, data_folder() / "bundles" / wanted, wanted]
    for place in places:
        if (place / FILE).is_file():
            return _read_bundle(place)
    names = ", ".join(bundle.name for bundle in list_bundles()) or "none"
    message = f"there is no model '{name_or_folder}': neither a bundle of that name nor a folder with a {FILE}"
    raise BundleError(message, remedy=f"Bundles here: {names}")


def list_bundles() -> list[Bundle]:
    """The bundles that came with gillstory, then those in the user's data folder."""
    return [_read_bundle(folder) for folder in _bundle_folders()]


def _bundle_folders() -> Iterator[Path]:
    seen = set()
    for shelf in (BUNDLED, data_folder() / "bundles"):
        for file in sorted(shelf.glob(f"*/{FILE}")):
            if file.parent.name not in seen:
                seen.add(file.parent.name)
                yield file.parent


def _read_bundle(folder: Path) -> Bundle:
    file = folder / FILE
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else None
        raise BundleError(f"not valid YAML: {getattr(error, 'problem', error)}", file=file, line=line) from error
    except (OSError, UnicodeDecodeError) as error:
        raise BundleError(f"cannot be read: {error}", file=file) from error
    if not isinstance(content, dict):
        raise BundleError("a bundle is a list of 'key: value' lines", file=file)
    content = dict(content)
    if content.pop("format", None) != FORMAT:
        raise BundleError(f"this gillstory reads bundles of format {FORMAT}", file=file, remedy="Update gillstory")
    for key, kind in {
        "sizes": Sizes,
        "language": LanguageSettings,
        "painting": PaintingSettings,
        "writing": WritingSettings,
        "photos": PhotoSettings,
    }.items():
        content[key] = _section(kind, content.get(key, {}), file, key)
    events = content["writing"].plan
    if not all(isinstance(choice, list) and choice and {type(event) for event in choice} == {str} for choice in events):
        raise BundleError("'plan' in 'writing' is a list of lists of sentences", file=file)
    bundle = _section(Bundle, {"name": folder.name, **content, "folder": folder}, file)
    if bundle.painting.scheduler not in SCHEDULERS:
        raise BundleError(f"unknown scheduler '{bundle.painting.scheduler}'", file=file, remedy=f"Known: {SCHEDULERS}")
    if bundle.painting.enlarge < 1:
        raise BundleError("'enlarge' in 'painting' is a whole number from 1 on", file=file)
    return bundle


T = TypeVar("T")
YAML_KINDS: dict[str, tuple[type, ...]] = {
    "int": (int,),
    "int | None": (int, type(None)),
    "float": (int, float),
    "bool": (bool,),
    "str": (str,),
    "str | None": (str, type(None)),
    "list[list[str]]": (list,),
}


def _section(kind: type[T], content: Any, file: Path, section: str | None = None) -> T:
    """A dataclass from a mapping, each value of its type."""
    place = f" in '{section}'" if section else ""
    if not isinstance(content, Mapping):
        raise BundleError(f"'{section}' holds 'key: value' lines", file=file)
    known = {entry.name: str(entry.type) for entry in fields(kind)}  # type: ignore[arg-type]
    for key, value in content.items():
        if key not in known:
            raise BundleError(f"unknown key '{key}'{place}", file=file, remedy=f"Known: {', '.join(known)}")
        expected = YAML_KINDS.get(known[key])
        wrong = expected and not isinstance(value, expected)
        if wrong or (isinstance(value, bool) and known[key] != "bool"):
            raise BundleError(f"'{key}'{place} is a {known[key]}, not {value!r}", file=file)
    try:
        return kind(**content)
    except TypeError as error:
        raise BundleError(f"incomplete: {error}", file=file) from error


def _sha256(file: Path) -> str:
    blob = file.resolve().name
    if re.fullmatch(r"[0-9a-f]{64}", blob):  # the Hugging Face cache names large files by their sha256
        return blob
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
