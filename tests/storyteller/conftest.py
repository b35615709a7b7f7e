"""A tiny random model with a painter, a story, photos made by code, and a listener that remembers what it was told."""

from __future__ import annotations

import runpy
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM

import gillstory
from gillstory.book.book import Book, Picture
from gillstory.book.folder import BookFolder
from gillstory.bundle import Bundle, LanguageSettings, PaintingSettings, PhotoSettings, WritingSettings
from gillstory.gill.adapters import Adapters
from gillstory.gill.model import Gill
from gillstory.storyteller import Options, continue_story

MODELS = runpy.run_path(str(Path(__file__).parents[1] / "gill" / "conftest.py"))  # the tiny models of the gill tests
ENCODER, SIZES, TOKENIZER, write_painter = (MODELS[name] for name in "ENCODER SIZES TOKENIZER write_painter".split())

STORY = """---
title: Pip and Mo
lang: en
cast:
  Pip: a small orange fox
  Mo: an old brown bear
---

Pip was a small orange fox. Pip met Mo by the river.

![A river](river.png)

---

Mo was an old brown bear. "Good morning," said Mo.
"""


@dataclass
class Notes:
    """A listener that remembers."""

    lines: list[str] = field(default_factory=list)
    pages: list[int] = field(default_factory=list)
    drafts: list[str] = field(default_factory=list)  # of the pages, token by token
    texts: list[str] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def on_stage(self, stage: str) -> None:
        pass

    def on_done(self, line: str) -> None:
        self.lines.append(line)

    def on_count(self, done: int, total: int) -> None:
        pass

    def on_draft(self, draft: Path) -> None:
        pass

    def on_page(self, number: int, total: int) -> None:
        self.pages.append(number)

    def on_writing(self, text: str) -> None:
        self.drafts.append(text)

    def on_text(self, text: str) -> None:
        self.texts.append(text)

    def on_painting(self, step: int, steps: int) -> None:
        pass

    def on_picture(self, picture: Picture) -> None:
        self.pictures.append(picture)

    def on_warning(self, warning: str) -> None:
        self.warnings.append(warning)


def write_bundle(folder: Path, context: int = 2048) -> Path:
    """A random Llama of two layers, a random painter, and a tokenizer of 386 tokens."""
    torch.manual_seed(0)
    llama = LlamaConfig(
        vocab_size=386,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        initializer_range=0.3,
        bos_token_id=2,
        eos_token_id=2,
        pad_token_id=1,
    )
    LlamaForCausalLM(llama).save_pretrained(folder / "lm")
    AutoTokenizer.from_pretrained(TOKENIZER).save_pretrained(folder / "lm")
    write_painter(folder / "painter", "AutoencoderDC")
    Adapters(SIZES, hidden=32, encoder_width=48).save(folder / "adapters.safetensors")
    Bundle(
        folder,
        "tiny",
        "lm",
        str(ENCODER),
        "painter",
        sizes=SIZES,
        language=LanguageSettings(context=context),
        painting=PaintingSettings(steps=2),
        writing=WritingSettings(page_tokens=12),
        photos=PhotoSettings(search=-1, picture=-1, story=-1, alike=1.01),  # to random weights all is alike, or nothing
    ).save()
    return folder


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_bundle(tmp_path_factory.mktemp("bundle") / "tiny")


@pytest.fixture(scope="session")
def gill(bundle: Path) -> Gill:
    return gillstory.load(bundle, device="cpu")


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of the test's own, for photo indexes."""
    monkeypatch.setenv("GILLSTORY_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def story(tmp_path: Path) -> Path:
    """A story of two pages; the first has a picture."""
    file = tmp_path / "stories" / "fox.md"
    file.parent.mkdir()
    file.write_text(STORY, encoding="utf-8")
    Image.linear_gradient("L").resize((80, 60)).save(file.parent / "river.png")
    return file


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Three photos."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for name, colour in {"red-panda": "red", "old_castle": "grey", "IMG_2034": "blue"}.items():
        picture = Image.new("RGB", (64, 48), colour)
        picture.paste("white", (8, 8, 24, 24))
        picture.save(folder / f"{name}.jpg")
    return folder


Tell = Callable[..., tuple[Path, Book, Notes]]


@pytest.fixture
def tell(story: Path, gill: Gill) -> Tell:
    """Continue the story, or `file`, with these options: the book's folder, the book, what the listener was told."""

    def run(
        file: Path | None = None, model: Gill | None = None, notes: Notes | None = None, **options: Any
    ) -> tuple[Path, Book, Notes]:
        notes = notes or Notes()
        folder = continue_story(file or story, model or gill, Options(**{"pages": 2, "seed": 1, **options}), notes)
        book = BookFolder(folder.path).load()
        assert book is not None
        return folder.path, book, notes

    return run


def with_decision(gill: Gill, way: str) -> Gill:
    """The same model, which always decides so."""
    from gillstory.gill.adapters import DECISIONS

    adapters = Adapters(gill.bundle.sizes, hidden=32, encoder_width=48)
    adapters.load_state_dict(gill.adapters.state_dict())
    with torch.no_grad():
        adapters.decision.weight.zero_()
        adapters.decision.bias.copy_(torch.tensor([10.0 * (name == way) for name in DECISIONS]))
    other = Gill(replace(gill.bundle), gill.language, gill.encoder, adapters)
    return other


def content(folder: Path) -> dict[str, bytes]:
    """The bytes of all files of a book but its lock."""
    files = (file for file in folder.rglob("*") if file.is_file() and file.name != ".gillstory.lock")
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in sorted(files)}
