"""Fits ``knowledge/domains/router.npz``: which domain a text is of, on the training mixes and on everyday texts."""

import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from benchmarks.common import data_folder
from benchmarks.router import embedded, fitted, training_texts
from knowledge.domains import router
from knowledge.domains.router import WEIGHTS
from knowledge.retrieval.embed import MultilingualUSE

_TARGET = Path(router.__file__).parent / WEIGHTS


def main() -> None:
    """Fits, and writes the file."""
    embedder = MultilingualUSE()
    parts = embedded(embedder, training_texts(data_folder()))
    weights, bias = (numbers.astype(np.float16) for numbers in fitted(parts))
    card = {
        "embedder": embedder.name,
        "date": datetime.now(UTC).date().isoformat(),
        "texts": {f"{part.domain}/{part.task}": len(part.texts) for part in parts},
        "licence": "CC BY-SA 4.0, as some of the texts",
    }
    np.savez(_TARGET, card=np.array(json.dumps(card)), weights=weights, bias=bias)
    print(f"{_TARGET} is written.")


if __name__ == "__main__":
    main()
