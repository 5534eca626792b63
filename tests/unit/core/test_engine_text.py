"""Text that comes in pieces reads as if it had come whole."""

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, decoders, models
from transformers import PreTrainedTokenizerFast

from core.engine.text import Detokenizer, ReasoningSplitter, StopMatcher, token_bytes

# Few letters, so that stop texts occur, overlap and contain each other.
STOPS = st.lists(st.text(alphabet="abc", min_size=1, max_size=4), max_size=4)
THOUGHTS = st.lists(st.sampled_from(["<think>", "</think>", "<thi", "</", "nk>", "\n", " ", "so", "x"]), max_size=10)


def cut(text: str, data: st.DataObject) -> list[str]:
    """The text in pieces, empty ones among them, or letter by letter."""
    if data.draw(st.booleans()):
        return list(text)
    places = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=8)))
    return [text[start:end] for start, end in zip([0, *places], [*places, len(text)], strict=True)]


def stop_oracle(text: str, stop: list[str]) -> str:
    """Reads letter by letter up to the first letter that completes a stop text, and drops that stop text."""
    for end in range(len(text) + 1):
        complete = [each for each in stop if text[:end].endswith(each)]
        if complete:
            return text[: end - max(map(len, complete))]
    return text


@given(text=st.text(alphabet="abcd", max_size=20), stop=STOPS, data=st.data())
def test_stop_matcher_equals_its_oracle(text: str, stop: list[str], data: st.DataObject) -> None:
    matcher, out = StopMatcher(tuple(stop)), ""
    for piece in cut(text, data):
        out += matcher.push(piece)
        assert stop_oracle(text, stop).startswith(out), "gave out what belongs to a stop text"
        if matcher.stopped:
            break
    assert out + matcher.flush() == stop_oracle(text, stop)
    assert matcher.stopped == any(each in text for each in stop)


def reasoning_oracle(text: str, *, open_in_prompt: bool) -> tuple[str, str]:
    text = "<think>" + text if open_in_prompt else text
    match = re.fullmatch(r"\s*<think>(.*?)(?:</think>\n*(.*))?", text, re.DOTALL)
    return (match[2] or "", match[1]) if match else (text, "")


@given(text=THOUGHTS.map("".join), open_in_prompt=st.booleans(), data=st.data())
def test_reasoning_splitter_equals_its_oracle(text: str, open_in_prompt: bool, data: st.DataObject) -> None:
    splitter = ReasoningSplitter(open_in_prompt=open_in_prompt)
    given_out = [*(splitter.push(piece) for piece in cut(text, data)), splitter.flush()]
    whole = tuple("".join(part) for part in zip(*given_out, strict=True))
    assert whole == reasoning_oracle(text, open_in_prompt=open_in_prompt)


def test_answer_is_not_held_back() -> None:
    """What cannot become ``<think>`` or a stop text is given out at once."""
    assert ReasoningSplitter().push("Paris") == ("Paris", "")
    assert StopMatcher(("END",)).push("Paris E") == "Paris "


@pytest.fixture(scope="module")
def tokenizer(home: Path) -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(str(home / "models" / "smollm2-135m-instruct"), local_files_only=True)


UNICODE = st.text(
    st.one_of(
        # SmolLM2's vocabulary lacks the byte that opens the characters above U+3FFFF.
        st.characters(max_codepoint=0x3FFFF, exclude_categories=["Cs"], exclude_characters="\N{REPLACEMENT CHARACTER}"),
        st.sampled_from("👩‍⚕️🇨🇳é你好，世界。 \n"),
    ),
    max_size=40,
)


@given(text=UNICODE)
def test_bytes_of_the_tokens_are_those_of_the_text(tokenizer: Any, text: str) -> None:
    ids = tokenizer(text, add_special_tokens=False)["input_ids"]
    parts = [token_bytes(tokenizer, token, first=place == 0) for place, token in enumerate(ids)]
    assert b"".join(parts) == tokenizer.decode(ids).encode()


def test_bytes_of_tokens_with_a_sign_for_spaces() -> None:
    """As of Llama 2: SentencePiece, which leaves out a text's first space and has tokens of single bytes."""
    pieces = ["<unk>", "▁Yes", "▁▁", "<0xC3>", "<0xA9>", "!"]
    vocabulary = {piece: n for n, piece in enumerate(pieces)}
    bare = Tokenizer(models.BPE(vocabulary, [], unk_token="<unk>", byte_fallback=True))
    bare.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    tokenizer, ids = PreTrainedTokenizerFast(tokenizer_object=bare), [1, 2, 3, 4, 1, 5]
    parts = [token_bytes(tokenizer, token, first=place == 0) for place, token in enumerate(ids)]
    assert parts == [b"Yes", b"  ", b"\xc3", b"\xa9", b" Yes", b"!"]
    assert b"".join(parts).decode() == tokenizer.decode(ids)


@given(text=UNICODE)
def test_detokenizer_gives_back_the_text(tokenizer: Any, text: str) -> None:
    ids = tokenizer(text, add_special_tokens=False)["input_ids"]
    detokenizer = Detokenizer(tokenizer)
    pieces = [detokenizer.push(token) for token in ids]
    assert "".join(pieces) == tokenizer.decode(ids, skip_special_tokens=True)
    assert not any("\N{REPLACEMENT CHARACTER}" in piece for piece in pieces)


def test_bytes_that_no_character_can_have_are_given_at_once(tokenizer: Any) -> None:
    stray = next(token for token in range(len(tokenizer)) if token_bytes(tokenizer, token, first=True) == b"\x80")
    detokenizer = Detokenizer(tokenizer)
    text = "".join(detokenizer.push(stray) for _ in range(40))
    assert set(text) == {"\N{REPLACEMENT CHARACTER}"}
    assert len(text) >= 36
