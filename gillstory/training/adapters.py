"""Stage adapters: stories -> [IMG] embeddings, retrieval heads and GILLMapper (paper, section 3.2), all at once.

Losses: the distance between GILLMapper's output and the painter's text encoder for the plain caption of the scene that
the story means; InfoNCE both ways between retrieval queries and pictures; and the next-token loss that makes [IMG0]
come where a story's page ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from random import Random

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import CLIPTextModel, CLIPTokenizer

from gillstory.bundle import Sizes
from gillstory.gill.adapters import Adapters
from gillstory.gill.language import Language
from gillstory.training.features import Classifier, Pictures
from gillstory.training.prefix import VECTORS
from gillstory.training.progress import Progress, set_learning_rate, warm_cosine
from gillstory.training.prompts import Picture, frozen_language, image_states, read, story_vectors
from gillstory.training.prose import read_prose
from gillstory.training.recipe import Recipe
from gillstory.training.text import SceneReader, labels, tokenize
from gillstory.training.world.scene import Scene, plain_caption
from gillstory.training.world.stories import StoryTeller, WorldStory, held_out_nouns, training_nouns

CLASSES = 1000  # of the image encoder's classifier: training's stand-in for its feature
AHEAD = 8  # batches of stories that are drawn and sorted by length together
NAMING_WEIGHT = 1.0  # of the cross-entropy of what the condition says, beside its distance to the right one
MAX_SCALE = 100.0  # of the contrastive logits, as in CLIP


def adapter_sizes(recipe: Recipe) -> Sizes:
    """The sizes of the adapters that a recipe trains."""
    settings = recipe.adapters
    return Sizes(
        prefix_tokens=VECTORS,
        retrieval=settings["retrieval"],
        condition_tokens=recipe.text["context"],
        condition_width=recipe.text["width"],
        mapper_width=settings["mapper_width"],
        mapper_layers=settings["mapper_layers"],
        mapper_heads=settings["mapper_heads"],
        mapper_feedforward=settings["mapper_feedforward"],
    )


class Scenes:
    """Stories of the training scenes or of the held-out ones, and what their adapters should answer."""

    def __init__(self, recipe: Recipe, work: Path, device: str, *, held_out: bool) -> None:
        self.pictures = Pictures(work / "encoder" / ("held_out" if held_out else "training"), Classifier.load())
        nouns = held_out_nouns() if held_out else training_nouns()
        self.teller = StoryTeller(self.pictures.scenes, nouns, read_prose(work), recipe.bundle["opening"])
        self.tokenizer = CLIPTokenizer.from_pretrained(work / "text" / "tokenizer")
        self.encoder = CLIPTextModel.from_pretrained(work / "text" / "text_encoder").to(device).eval()
        self.reader = SceneReader(self.encoder.config.hidden_size).to(device).requires_grad_(False)
        self.reader.load_state_dict(torch.load(work / "text" / "state.pt", weights_only=True)["reader"])
        prefix = torch.load(work / "prefix" / "map.pt", weights_only=True)
        self.prefix_weight, self.prefix_bias = prefix["weight"], prefix["bias"]
        self.device = device

    def prefix(self, picture: Picture, random: Random) -> Tensor:
        """(VECTORS, hidden) input vectors of a picture."""
        if isinstance(picture, Scene):
            logits = self.pictures.of_scene(picture)
        else:
            logits = self.pictures.of_photograph(picture, random)
        vectors = self.prefix_weight @ logits + self.prefix_bias
        return vectors.unflatten(0, (VECTORS, -1)).to(self.device)

    def batches(self, language: Language, size: int, random: Random) -> Iterator[tuple[list[WorldStory], list[Tensor]]]:
        """Stories without end and their input vectors, in batches of about the same length: less padding to read."""
        while True:
            stories = [self.teller.story(random) for _ in range(AHEAD * size)]
            prefix = partial(self.prefix, random=random)
            told = [(story, story_vectors(story, language, prefix, random.choice)) for story in stories]
            told.sort(key=lambda pair: len(pair[1]))
            batches = [told[start : start + size] for start in range(0, len(told), size)]
            random.shuffle(batches)
            for batch in batches:
                yield [story for story, _ in batch], [vectors for _, vectors in batch]

    def logits(self, story: WorldStory, random: Random) -> Tensor:
        """(classes,) of the picture that a story asks for."""
        if story.scene is not None:
            return self.pictures.of_scene(story.scene)
        return self.pictures.of_photograph(story.classes, random)

    @torch.no_grad()
    def conditions(self, scenes: list[Scene]) -> Tensor:
        """(scenes, context, width) what the painter's text encoder says of their plain captions."""
        ids = tokenize(self.tokenizer, [plain_caption(scene) for scene in scenes]).to(self.device)
        states: Tensor = self.encoder(ids).last_hidden_state
        return states

    def truth(self, scenes: list[Scene]) -> Tensor:
        """(4, scenes) what the reader should read out of their conditions."""
        return labels(scenes, [plain_caption(scene) for scene in scenes]).to(self.device)

    def naming_loss(self, conditions: Tensor, scenes: list[Scene]) -> Tensor:
        """Cross-entropy of subjects, place and time that the text stage's reader finds in conditions."""
        named = zip(self.reader(conditions), self.truth(scenes), strict=True)
        return torch.stack([functional.cross_entropy(logits, true) for logits, true in named]).sum()


def train_adapters(recipe: Recipe, work: Path, device: str) -> None:
    """Train the adapters, without prefix and decision, and save them to WORK/adapters/adapters.pt."""
    settings = recipe.adapters
    torch.manual_seed(recipe.seed)
    random = Random(recipe.seed)
    language = frozen_language(nn.Parameter(torch.zeros(0)), device)
    adapters = Adapters(adapter_sizes(recipe), language.hidden_size, CLASSES).to(device)
    norm = language.model.get_input_embeddings().weight.float().norm(dim=-1).mean()
    language.image_embeddings = adapters.image_embeddings
    language.image_ids = range(language.vocabulary, language.vocabulary + len(adapters.image_embeddings))
    scenes = Scenes(recipe, work, device, held_out=False)
    rate = float(settings["learning_rate"])
    embeddings = {"params": [adapters.image_embeddings], "lr": float(settings["embedding_rate"]), "weight_decay": 0.0}
    trained = [adapters.retrieval_text, adapters.retrieval_picture, adapters.mapper]
    rest = [parameter for module in trained for parameter in module.parameters()] + [adapters.logit_scale]
    optimizer = torch.optim.AdamW([embeddings, {"params": rest, "lr": rate}], betas=(0.9, 0.95), weight_decay=0.01)
    progress = Progress(work / "adapters", settings["steps"], {"adapters": adapters, "optimizer": optimizer})
    random.seed(recipe.seed + progress.step)
    batches = scenes.batches(language, settings["batch"], random)
    if progress.step == 0:
        renormalise(adapters.image_embeddings, norm)
        _, prompts = next(batches)
        centre(adapters, image_states(language, *read(language, prompts)[:2]))
    while not progress.done:
        stories, prompts = next(batches)
        cache, mask, last = read(language, prompts)
        states = image_states(language, cache, mask)  # (batch, n_img, hidden)
        painted = [row for row, story in enumerate(stories) if story.scene is not None]
        meant = [story.scene for story in stories if story.scene is not None]
        wanted = scenes.conditions(meant)
        condition = adapters.condition(states[painted])
        generation = functional.mse_loss(condition, wanted) / wanted.var()
        naming = scenes.naming_loss(condition, meant)
        seen = [row for row, story in enumerate(stories) if story.scene is not None or story.classes]
        pictures = torch.stack([scenes.logits(stories[row], random) for row in seen]).to(device)
        retrieval = contrastive_loss(adapters, states[seen], pictures, [stories[row] for row in seen])
        emission = -language.logits(last).log_softmax(dim=-1)[:, language.image_ids[0]].mean()
        loss = generation + NAMING_WEIGHT * naming + retrieval + emission
        set_learning_rate(optimizer, warm_cosine(progress.step, settings["steps"], warmup=30))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(rest, 1.0)
        optimizer.step()
        renormalise(adapters.image_embeddings, norm)
        adapters.logit_scale.data.clamp_(max=float(torch.tensor(MAX_SCALE).log()))
        progress.tick(
            generation=generation.item(), naming=naming.item(), retrieval=retrieval.item(), emission=emission.item()
        )
    torch.save(adapters.state_dict(), work / "adapters" / "adapters.pt")
    print(measure(adapters, language, Scenes(recipe, work, device, held_out=True)))


@torch.no_grad()
def renormalise(embeddings: Tensor, norm: Tensor) -> None:
    """Scale each [IMG] embedding to the mean norm of the frozen ones (official training code)."""
    embeddings.mul_(norm / embeddings.norm(dim=-1, keepdim=True))


@torch.no_grad()
def centre(adapters: Adapters, states: Tensor) -> None:
    """Let GILLMapper's first layer begin with what tells these (batch, n_img, hidden) states apart.

    A frozen model's states have much in common; what a story changes in them is small beside it, and the layer norm
    behind a random first layer makes it smaller.
    """
    layer, inputs = adapters.mapper.input, (states + adapters.image_embeddings).flatten(0, 1)
    layer.weight.copy_(nn.init.orthogonal_(torch.empty_like(layer.weight)) / inputs.std(dim=0))
    layer.bias.copy_(-layer.weight @ inputs.mean(dim=0))


def contrastive_loss(adapters: Adapters, states: Tensor, pictures: Tensor, stories: list[WorldStory]) -> Tensor:
    """InfoNCE both ways (paper, equation 4); stories that ask for the same picture are no negatives of each other."""
    similarity = adapters.retrieval_query(states) @ adapters.retrieval_picture(pictures).T
    same = torch.tensor([[a.scene == b.scene and a.classes == b.classes for b in stories] for a in stories])
    same.fill_diagonal_(False)
    logits = (adapters.logit_scale.exp() * similarity).masked_fill(same.to(similarity.device), -torch.inf)
    targets = torch.arange(len(stories), device=similarity.device)
    return (functional.cross_entropy(logits, targets) + functional.cross_entropy(logits.T, targets)) / 2


@torch.no_grad()
def measure(adapters: Adapters, language: Language, scenes: Scenes, count: int = 512) -> dict[str, float]:
    """Held-out stories: what GILLMapper's conditions say, read by the text stage's heads, as shares from 0 to 1."""
    random = Random(0)
    right, queries, pictures = [], [], []
    batches = scenes.batches(language, 32, random)
    for _ in range(count // 32):
        stories, prompts = next(batches)
        cache, mask, _ = read(language, prompts)
        states = image_states(language, cache, mask)
        painted = [row for row, story in enumerate(stories) if story.scene is not None]
        wanted = [story.scene for story in stories if story.scene is not None]
        named = zip(scenes.reader(adapters.condition(states[painted])), scenes.truth(wanted), strict=True)
        right.append(torch.stack([logits.argmax(-1) == true for logits, true in named], dim=1))
        photographs = [row for row, story in enumerate(stories) if story.classes]
        queries.append(adapters.retrieval_query(states[photographs]).cpu())
        pictures += [scenes.logits(stories[row], random) for row in photographs]
    shares = torch.cat(right).float().mean(dim=0).tolist()
    similarity = torch.cat(queries) @ adapters.retrieval_picture(torch.stack(pictures).to(scenes.device)).cpu().T
    nearest = similarity.topk(5, dim=1).indices == torch.arange(len(similarity))[:, None]
    return dict(zip(("subject", "second", "place", "time"), shares, strict=True)) | {
        "unseen_nouns_r1": float(nearest[:, 0].float().mean()),
        "unseen_nouns_r5": float(nearest.any(dim=1).float().mean()),
        "unseen_nouns": float(len(similarity)),
    }
