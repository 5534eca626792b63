"""Which tokens a schema allows, beside what the model knows."""

import json

import pytest
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from core.engine.request import Message, Request, SamplingParams, complete
from core.engine.runner import LocalEngine
from core.engine.schema import SchemaGuide
from core.errors import InvalidRequestError
from core.model.load import LoadedModel
from tests.unit.core.scripted_model import Script


@pytest.mark.parametrize(("added", "vocabulary"), [(1, 257), (0, 257), (0, 264)])
def test_a_model_may_have_fewer_or_more_logits_than_the_tokenizer_has_tokens(added: int, vocabulary: int) -> None:
    tokenizer = every_byte_is_a_token()
    tokenizer.add_tokens([f"<image {number}>" for number in range(added)])
    guide = SchemaGuide(tokenizer, vocabulary, frozenset({256}))
    allowed = guide.follow({"type": "boolean"}).allowed()
    assert len(allowed) == vocabulary
    assert [tokenizer.convert_ids_to_tokens(int(token)) for token in allowed.nonzero()] == ["f", "t"]


def test_a_schema_without_a_finite_answer_is_refused() -> None:
    guide = SchemaGuide(every_byte_is_a_token(), 257, frozenset({256}))
    with pytest.raises(InvalidRequestError) as caught:
        guide.follow({"$ref": "#"})
    assert caught.value.param == "response_format"
    state = guide.follow({"type": "object", "properties": {"a": {"$ref": "#/properties/a"}}, "required": ["a"]})
    for token in every_byte_is_a_token()('{"a":')["input_ids"]:
        assert state.allowed()[token]
        state.push(token)
    with pytest.raises(InvalidRequestError):
        state.allowed()


SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}


def test_a_thought_that_the_template_opens_comes_before_what_the_schema_rules() -> None:
    tokenizer = every_byte_is_a_token()
    tokenizer.chat_template = "{{ messages[0].content }}<think>\n"
    said, params = "", SamplingParams(temperature=0, repetition_penalty=1, max_tokens=50)

    def engine() -> LocalEngine:
        ids = tokenizer(said)["input_ids"]
        return LocalEngine(LoadedModel("script", Script("".join(map(chr, ids)), 300, 257), tokenizer, frozenset({256})))

    said = 'so {hm}</think>{"a": 1}'
    answer = complete(engine(), Request((Message("user", "?"),), params=params, json_schema=SCHEMA))
    assert (answer.reasoning, json.loads(answer.text)) == ("so {hm}", {"a": 1})
    said = '{"a": 1}'
    answer = complete(engine(), Request(prompt="? <think>\n", params=params, json_schema=SCHEMA))
    assert (answer.reasoning, json.loads(answer.text)) == ("", {"a": 1})


def every_byte_is_a_token() -> PreTrainedTokenizerFast:
    """The last token, 256, ends an answer."""
    pieces = {piece: number for number, piece in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    bare = Tokenizer(models.BPE({**pieces, "<end>": len(pieces)}, []))
    bare.pre_tokenizer, bare.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    return PreTrainedTokenizerFast(tokenizer_object=bare, eos_token="<end>")
