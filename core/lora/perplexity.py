"""How well a model predicts a text."""

import torch
from torch.nn import functional

from ..model.layer import Step
from ..model.load import LoadedModel

_PIECE, _PIECES = 1_024, 8
_SEGMENT = 512  # tokens whose logits are in memory at once


@torch.inference_mode()
def text_loss(loaded: LoadedModel, slot: int, text: str) -> float:
    """Mean negative log-probability per token in nats; its exponential is the perplexity.

    Uses the first 8,192 tokens, in pieces of 1,024 (or the model's context, if shorter) read independently.

    Args:
        slot: of an adapter, see :meth:`core.model.decoder.Decoder.adapt`; -1 for none.
        text: at least two tokens.
    """
    ids = torch.tensor(loaded.tokenizer(text, add_special_tokens=False)["input_ids"][: _PIECE * _PIECES])
    decoder, losses = loaded.decoder, []
    for piece in torch.split(ids, min(_PIECE, decoder.context)):
        if len(piece) < 2:
            continue
        memory = decoder.new_memory(len(piece))
        for part, following in zip(torch.split(piece[:-1], _SEGMENT), torch.split(piece[1:], _SEGMENT), strict=True):
            logits = decoder.logits(decoder.forward([Step(part, memory, "everything", slot)])).float()
            losses.append(functional.cross_entropy(logits, following.to(logits.device), reduction="none"))
    return float(torch.cat(losses).mean())
