"""From which similarity on does a photo show what was asked for? What `photos` in a bundle's settings should say."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gillstory.evaluation.figures import Figure, Findings, Subject
from gillstory.evaluation.retrieval import SIGHTS, photographs, queries
from gillstory.evaluation.tales import NAMES
from gillstory.storyteller.library import AS_A_STORY
from gillstory.training.world.vocabulary import with_article

SEARCHES = tuple(AS_A_STORY.format(words=words) for words in ("{kind}", "{a_kind}"))

Floats = npt.NDArray[np.float32]


def find_thresholds(subject: Subject) -> Findings:
    """Separate photographs that show what words speak of from those that do not, for searches and for stories.

    Of each kind of words: the threshold, a cosine, that separates them best; its balanced accuracy, the mean of the
    share of fitting photographs at or above it and the share of others below; and how often nothing at all is found
    where the photographs that show what was asked for are left out.
    """
    random = subject.random("threshold")
    shown, pictures = photographs()
    embeddings = subject.gill.embed_pictures(pictures)  # (photographs, retrieval)
    nouns = list(dict.fromkeys(shown))
    figures = {}
    for name, templates in (("search", SEARCHES), ("story", SIGHTS)):
        asked = [(noun, template) for noun in nouns for template in templates]
        texts = [text.format(name=random.choice(NAMES), kind=noun, a_kind=with_article(noun)) for noun, text in asked]
        similarities = queries(subject, texts) @ embeddings.T  # (queries, photographs)
        fits = np.array([[noun == other for other in shown] for noun, _ in asked])
        threshold, accuracy = best_threshold(similarities[fits], similarities[~fits])
        lacking = np.where(fits, -1, similarities).max(axis=1)
        figures[f"{name}_threshold"] = Figure(threshold, fits.size)
        figures[f"{name}_balanced_accuracy"] = Figure(accuracy, fits.size)
        figures[f"{name}_nothing_found"] = Figure.share((lacking < threshold).tolist())
    return Findings(figures)


def best_threshold(fitting: Floats, others: Floats) -> tuple[float, float]:
    """The similarity that separates those that fit from the others with the best balanced accuracy, and that accuracy.

    Parameters
    ----------
    fitting, others : (N,) and (M,) similarities; neither is empty.
    """
    candidates = np.sort(fitting)
    kept = np.arange(len(fitting), 0, -1) / len(fitting)
    refused = np.searchsorted(np.sort(others), candidates) / len(others)
    best = int(np.argmax(kept + refused))
    return float(candidates[best]), float((kept[best] + refused[best]) / 2)
