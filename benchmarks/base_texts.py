"""Generates the plain texts on which training keeps an adapter close to its base:
``python -m benchmarks.base_texts FILE``.

The base writes them itself, each starting from a random word of its vocabulary (Liu et al. 2023, LLM-QAT,
https://arxiv.org/abs/2305.17888), so that they reflect its knowledge and contain no benchmark's text.
"""

import random
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from core.engine.request import Request, SamplingParams, complete
from core.engine.runner import local_engine
from core.hub import ModelHub
from core.model.load import read_tokenizer
from core.settings import load_settings

_TEXTS, _TOKENS, _AT_ONCE = 704, 256, 16


def main() -> None:
    """Writes the texts, separated by blank lines, to the file named on the command line."""
    settings = load_settings()
    tokenizer = read_tokenizer(ModelHub(settings.home).folder(settings.model))
    pieces = (tokenizer.decode([token]) for token in range(len(tokenizer)))
    words = sorted({piece for piece in pieces if piece.isascii() and piece.isalpha() and piece.istitle()})
    engine = local_engine(settings)

    def written(number: int, word: str) -> str:
        # By the model's own probabilities: a lower temperature would teach it to be surer than it is.
        params = SamplingParams(temperature=1, top_p=1, repetition_penalty=1, max_tokens=_TOKENS, seed=number)
        return word + complete(engine, Request(prompt=word, params=params)).text.rstrip()

    chosen = random.Random(0).sample(words, min(_TEXTS, len(words)))
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        texts = list(pool.map(written, range(len(chosen)), chosen))
    engine.close()
    Path(sys.argv[1]).write_text("\n\n".join(texts) + "\n", "utf-8")
    print(f"{len(texts)} texts are in {sys.argv[1]}.")


if __name__ == "__main__":
    main()
