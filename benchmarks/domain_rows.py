"""Rows that the finance adapter learns besides the mix: the rest of its source's training posts, in the mix's form.

``python -m benchmarks.domain_rows OUT.jsonl`` writes them; ``r1 train`` then makes the adapter as its card says. No
post of a test or validation row is among them.
"""

import json
import sys
from pathlib import Path
from typing import Any

from benchmarks.common import data_folder
from knowledge.domains.prompts import prompt_templates

_TASK = "fin_tweet"


def main() -> None:
    """Writes the file that the command line names."""
    out, folder = Path(sys.argv[1]), data_folder() / "domains/finance"
    template = prompt_templates()["finance.sentiment"]
    seen = {_key(row["prompt"]) for name in ("mix.train", "mix.valid", f"eval/{_TASK}") for row in _rows(folder, name)}
    rows = []
    for post in _rows(folder, "twitter_fin_sentiment.train"):
        prompt = template.fill(text=post["text"])
        if _key(prompt) not in seen:
            seen.add(_key(prompt))
            rows.append({"task": _TASK, "prompt": prompt, "completion": post["label"]})
    out.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    print(f"{len(rows)} rows are in {out}.")


def _rows(folder: Path, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / f"{name}.jsonl").read_text("utf-8").split("\n") if line.strip()]


def _key(prompt: str) -> str:
    return " ".join(prompt.casefold().split())


if __name__ == "__main__":
    main()
